//! How much work a validation would be, counted before it is done.
//!
//! References can make a small schema visit the same value exponentially often, and a running validation
//! cannot be interrupted. So the visits are walked first, under a budget, without validating anything.

use serde_json::Value;

/// Pairs of a schema and a value that may be visited: some hundredths of a second of work.
const MOST_VISITS: u32 = 100_000;
/// Schemas applied within one another.
const DEEPEST: u32 = 200;

/// Applied to the value itself.
const IN_PLACE: [&str; 5] = ["not", "if", "then", "else", "contentSchema"];
const IN_PLACE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const IN_PLACE_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
/// Applied to every member or item.
const TO_CHILDREN: [&str; 7] = [
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "propertyNames",
];

/// Whether the validation stays within bounds; the error says what to change.
pub(super) fn affordable(schema: &Value, document: &Value) -> Result<(), String> {
    let mut walk = Walk { root: schema, visits: 0 };
    walk.visit(schema, document, 0)
}

struct Walk<'s> {
    root: &'s Value,
    visits: u32,
}

impl<'s> Walk<'s> {
    fn visit(&mut self, schema: &'s Value, value: &Value, depth: u32) -> Result<(), String> {
        let Value::Object(keywords) = schema else { return Ok(()) };
        self.visits += 1;
        if self.visits > MOST_VISITS || depth > DEEPEST {
            return Err(format!(
                "the check would take more than {MOST_VISITS} comparisons or {DEEPEST} levels, because the document is large or the \
                 schema's references multiply; make one of them smaller"
            ));
        }
        for (keyword, inner) in keywords {
            match keyword.as_str() {
                "$ref" => self.reference(inner, value, depth)?,
                "$dynamicRef" | "$recursiveRef" => return Err(format!("`{keyword}` is not supported here")),
                word if IN_PLACE.contains(&word) => self.visit(inner, value, depth + 1)?,
                word if IN_PLACE_LISTS.contains(&word) => self.each(inner.as_array(), value, depth)?,
                word if IN_PLACE_MAPS.contains(&word) => {
                    self.each(inner.as_object().map(|m| m.values()), value, depth)?
                }
                word if TO_CHILDREN.contains(&word) => self.children(inner, value, depth)?,
                "patternProperties" => self.pattern_properties(inner, value, depth)?,
                "properties" => self.properties(inner, value, depth)?,
                "prefixItems" => self.prefix_items(inner, value, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn reference(&mut self, target: &Value, value: &Value, depth: u32) -> Result<(), String> {
        let written = target.as_str().unwrap_or_default();
        let pointer = written.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let found = pointer.and_then(|pointer| self.root.pointer(&unescape(pointer)));
        match found {
            Some(schema) => self.visit(schema, value, depth + 1),
            None => {
                Err(format!("the reference `{written}` must point into the schema itself, like #/$defs/name"))
            }
        }
    }

    fn each(
        &mut self,
        schemas: Option<impl IntoIterator<Item = &'s Value>>,
        value: &Value,
        depth: u32,
    ) -> Result<(), String> {
        schemas.into_iter().flatten().try_for_each(|schema| self.visit(schema, value, depth + 1))
    }

    fn children(&mut self, schema: &'s Value, value: &Value, depth: u32) -> Result<(), String> {
        // Before draft 2020-12 `items` may be a list of schemas; counting each with each is generous enough.
        let schemas = schema.as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
        for child in children(value) {
            self.each(Some(schemas), child, depth)?;
        }
        Ok(())
    }

    fn pattern_properties(&mut self, patterns: &'s Value, value: &Value, depth: u32) -> Result<(), String> {
        let patterns = patterns.as_object().into_iter().flat_map(|map| map.values());
        patterns.into_iter().try_for_each(|schema| self.children(schema, value, depth))
    }

    fn properties(&mut self, properties: &'s Value, value: &Value, depth: u32) -> Result<(), String> {
        let pairs = properties.as_object().into_iter().flatten();
        let mut present = pairs.filter_map(|(name, schema)| Some((schema, value.get(name)?)));
        present.try_for_each(|(schema, member)| self.visit(schema, member, depth + 1))
    }

    fn prefix_items(&mut self, schemas: &'s Value, value: &Value, depth: u32) -> Result<(), String> {
        let schemas = schemas.as_array().into_iter().flatten();
        let items = value.as_array().into_iter().flatten();
        schemas.zip(items).try_for_each(|(schema, item)| self.visit(schema, item, depth + 1))
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => vec![],
    }
}

/// A pointer in a reference is a URI fragment, in which a few characters are escaped once more.
fn unescape(fragment: &str) -> String {
    fragment.replace("%24", "$").replace("%25", "%").replace("%20", " ").replace("%22", "\"")
}
