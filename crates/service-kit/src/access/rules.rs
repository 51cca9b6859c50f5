//! The table a service gives of its routes: which role each needs, and how long it may take.

use std::time::Duration;

use http::Method;

use super::Role;

/// What applies to one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The role that is needed; `None`: anyone, even without a key.
    pub role: Option<Role>,
    /// Longest time until the answer begins; `None`: `limits.request_timeout_ms`.
    pub timeout: Option<Duration>,
    /// Largest body; `None`: `limits.body_max_bytes`.
    pub body_max: Option<usize>,
}

/// The table. Unless said otherwise GET and HEAD need a viewer and everything else a submitter; health checks need nobody.
///
/// Paths are route templates (`/tasks/{id}`) and also cover what lies below them. The longest path that fits wins, and of two
/// equally long ones the one that names a method.
#[derive(Debug, Clone)]
pub struct Access {
    roles: Vec<(Option<Method>, String, Option<Role>)>,
    timeouts: Vec<(Option<Method>, String, Duration)>,
    bodies: Vec<(Option<Method>, String, usize)>,
}

impl Default for Access {
    fn default() -> Self {
        Self::new()
    }
}

impl Access {
    /// The table before a service adds to it.
    pub fn new() -> Self {
        let open = Self { roles: Vec::new(), timeouts: Vec::new(), bodies: Vec::new() };
        ["/health", "/docs", "/openapi.json"].into_iter().fold(open, Self::open)
    }

    /// `method` on `path` needs `role`.
    #[must_use]
    pub fn rule(mut self, method: Method, path: &str, role: Role) -> Self {
        self.roles.push((Some(method), path.to_owned(), Some(role)));
        self
    }

    /// Everything on `path` needs `role`.
    #[must_use]
    pub fn all(mut self, path: &str, role: Role) -> Self {
        self.roles.push((None, path.to_owned(), Some(role)));
        self
    }

    /// Anyone may call `path`.
    #[must_use]
    pub fn open(mut self, path: &str) -> Self {
        self.roles.push((None, path.to_owned(), None));
        self
    }

    /// `path` may take longer (or less long) than `limits.request_timeout_ms`: long polls, model calls.
    #[must_use]
    pub fn timeout(mut self, path: &str, timeout: Duration) -> Self {
        self.timeouts.push((None, path.to_owned(), timeout));
        self
    }

    /// `path` takes larger (or only smaller) bodies than `limits.body_max_bytes`: batches, imports.
    #[must_use]
    pub fn body_max(mut self, path: &str, bytes: usize) -> Self {
        self.bodies.push((None, path.to_owned(), bytes));
        self
    }

    /// What applies to a route template; `None` for requests that met no route.
    pub fn rule_for(&self, method: &Method, template: Option<&str>) -> Rule {
        // Whoever may not even look is not told which paths exist.
        let Some(template) = template else {
            return Rule { role: Some(Role::Viewer), timeout: None, body_max: None };
        };
        let role = best(&self.roles, method, template).copied().unwrap_or(Some(default_role(method)));
        Rule {
            role,
            timeout: best(&self.timeouts, method, template).copied(),
            body_max: best(&self.bodies, method, template).copied(),
        }
    }
}

fn default_role(method: &Method) -> Role {
    if method.is_safe() { Role::Viewer } else { Role::Submitter }
}

fn best<'a, T>(table: &'a [(Option<Method>, String, T)], method: &Method, template: &str) -> Option<&'a T> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let fits = table
        .iter()
        .filter(|(only, path, _)| only.as_ref().is_none_or(|only| only == method) && covers(path, template));
    fits.max_by_key(|(only, path, _)| (path.len(), only.is_some())).map(|(_, _, value)| value)
}

/// `/tasks` covers `/tasks` and `/tasks/{id}`, not `/tasks-old`.
fn covers(path: &str, template: &str) -> bool {
    template
        .strip_prefix(path.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(method: Method, template: &str) -> Option<Role> {
        let table = Access::new()
            .all("/keys", Role::Admin)
            .rule(Method::POST, "/select", Role::Viewer)
            .open("/keys/public");
        table.rule_for(&method, Some(template)).role
    }

    #[test]
    fn reading_needs_a_viewer_and_changing_a_submitter() {
        assert_eq!(role(Method::GET, "/tasks/{id}"), Some(Role::Viewer));
        assert_eq!(role(Method::HEAD, "/tasks"), Some(Role::Viewer));
        assert_eq!(role(Method::POST, "/tasks"), Some(Role::Submitter));
        assert_eq!(role(Method::DELETE, "/tasks"), Some(Role::Submitter));
    }

    #[test]
    fn a_path_covers_what_lies_below_it_and_nothing_beside() {
        assert_eq!(role(Method::GET, "/keys/{id}"), Some(Role::Admin));
        assert_eq!(role(Method::GET, "/keys-old"), Some(Role::Viewer));
        assert_eq!(role(Method::GET, "/health/ready"), None);
    }

    #[test]
    fn the_longest_path_wins() {
        assert_eq!(role(Method::GET, "/keys/public"), None);
        assert_eq!(role(Method::POST, "/select"), Some(Role::Viewer));
        assert_eq!(role(Method::PUT, "/select"), Some(Role::Submitter));
    }

    #[test]
    fn the_root_path_rule_covers_everything() {
        assert_eq!(
            Access::new().all("/", Role::Admin).rule_for(&Method::GET, Some("/a")).role,
            Some(Role::Admin)
        );
    }

    #[test]
    fn requests_that_met_no_route_still_need_a_viewer() {
        assert_eq!(Access::new().rule_for(&Method::GET, None).role, Some(Role::Viewer));
    }
}
