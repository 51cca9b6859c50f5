//! Chat templates: the Jinja text in a model's files that turns a conversation into what the model was trained on.
//!
//! As Hugging Face's `apply_chat_template` renders them: blocks trimmed, Python's methods, `tojson` in Python's spacing,
//! `raise_exception` and `strftime_now`.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{AutoEscape, Environment, ErrorKind, State, Value, context};
use serde::Serialize;

use crate::{Conversation, Error};

const NAME: &str = "chat";

/// A parsed template with the tokens it may name.
pub(crate) struct Template {
    environment: Environment<'static>,
    bos: String,
    eos: String,
    knows_tools: bool,
}

impl Template {
    /// Parses it; `bos` and `eos` are the texts of these tokens.
    pub(crate) fn parse(text: String, bos: String, eos: String) -> Result<Self, Error> {
        let knows_tools = text.contains("tools");
        let mut environment = Environment::new();
        let syntax =
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(Error::engine)?;
        environment.set_syntax(syntax);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_function("strftime_now", strftime_now);
        environment.add_filter("tojson", to_json);
        environment.add_template_owned(NAME, text).map_err(|error| {
            Error::Unsupported(format!("the model's chat template cannot be read: {error}"))
        })?;
        Ok(Self { environment, bos, eos, knows_tools })
    }

    /// Whether tools can be told to the model at all.
    pub(crate) fn knows_tools(&self) -> bool {
        self.knows_tools
    }

    /// The conversation as text, up to where the model goes on.
    pub(crate) fn render(&self, conversation: &Conversation) -> Result<String, Error> {
        let tools = Some(&conversation.tools).filter(|tools| !tools.is_empty());
        let values = context! {
            messages => Serde(&conversation.turns),
            tools => Serde(tools),
            add_generation_prompt => true,
            bos_token => &self.bos,
            eos_token => &self.eos,
            now_seconds => conversation.now,
        };
        let template = self.environment.get_template(NAME).map_err(Error::engine)?;
        template.render(values).map_err(|error| Error::Template(error.to_string()))
    }
}

fn raise_exception(message: String) -> Result<Value, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
}

fn strftime_now(state: &State, format: &str) -> Result<String, minijinja::Error> {
    let now = state.lookup("now_seconds").and_then(|now| i64::try_from(now).ok()).unwrap_or_default();
    let time = chrono::DateTime::from_timestamp(now, 0).unwrap_or_default();
    let mut text = String::new();
    // A format that chrono does not know is an error of its Display, which must not become a panic.
    std::fmt::Write::write_fmt(&mut text, format_args!("{}", time.format(format))).map_err(|_| {
        minijinja::Error::new(ErrorKind::InvalidOperation, "strftime_now cannot use this format")
    })?;
    Ok(text)
}

fn to_json(value: &Value, options: Kwargs) -> Result<String, minijinja::Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Other options of Python's (`ensure_ascii`, `sort_keys`) are already as templates want them.
    let broken = |error| minijinja::Error::new(ErrorKind::BadSerialization, "no JSON").with_source(error);
    let mut bytes = Vec::new();
    match indent {
        Some(width) => {
            let space = " ".repeat(width);
            let pretty = serde_json::ser::PrettyFormatter::with_indent(space.as_bytes());
            value
                .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, pretty))
                .map_err(broken)?;
        }
        None => {
            value
                .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Spaced))
                .map_err(broken)?;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// JSON on one line with Python's spaces: `{"a": 1, "b": [2, 3]}`.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Call, Turn};

    fn render(template: &str, turns: Vec<Turn>, tools: Vec<serde_json::Value>) -> Result<String, Error> {
        let template = Template::parse(template.to_owned(), "<s>".to_owned(), "</s>".to_owned())?;
        template.render(&Conversation { turns, tools, now: 1_764_000_000 })
    }

    fn turn(role: &'static str, content: &str) -> Turn {
        Turn { role, content: content.to_owned(), ..Turn::default() }
    }

    #[test]
    fn the_common_chat_markup_is_rendered() {
        let template = "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message['content'].strip() + '<|im_end|>' + '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}";
        let text = render(template, vec![turn("system", "Be brief."), turn("user", " Hi <b> ")], vec![]);
        let expected = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <b><|im_end|>\n<|im_start|>assistant\n";
        assert_eq!(text.unwrap(), expected);
    }

    #[test]
    fn tools_and_calls_are_written_as_python_writes_them() {
        let calling =
            Turn { tool_calls: vec![Call::new("add", json!({"a": [1, 2]}))], ..turn("assistant", "") };
        let template = "{% for tool in tools %}{{ tool | tojson }}{% endfor %}|{% for m in messages %}{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments | tojson(ensure_ascii=false) }}{% endfor %}{% endfor %}";
        let text = render(template, vec![calling], vec![json!({"type": "function", "n": 1})]).unwrap();
        assert_eq!(text, "{\"n\": 1, \"type\": \"function\"}|add{\"a\": [1, 2]}");
    }

    #[test]
    fn what_a_template_refuses_is_told() {
        let error = render("{{ raise_exception('roles must alternate') }}", vec![], vec![]).unwrap_err();
        assert!(matches!(&error, Error::Template(why) if why.contains("roles must alternate")), "{error}");
        assert!(matches!(render("{% if %}", vec![], vec![]), Err(Error::Unsupported(_))));
    }

    #[test]
    fn dates_are_those_of_the_caller() {
        assert_eq!(
            render("{{ strftime_now('%d %b %Y') }}{{ bos_token }}", vec![], vec![]).unwrap(),
            "24 Nov 2025<s>"
        );
        assert!(render("{{ strftime_now('%!') }}", vec![], vec![]).is_err());
    }
}
