//! Which source wins, and what is said about wrong values.

use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    Settings::with(pairs.iter().copied())
}

fn complaint(pairs: &[(&str, &str)], section: &str) -> String {
    let result = with(pairs).and_then(|settings| match section {
        "limits" => settings.section::<Limits>(section).map(drop),
        "auth" => settings.section::<Auth>(section).map(drop),
        "fetch" => settings.section::<Fetch>(section).map(drop),
        "peers" => settings.section::<Peers>(section).map(drop),
        other => settings.listen(other).map(drop),
    });
    result.expect_err("the value is wrong").to_string()
}

#[test]
fn the_defaults_are_complete() {
    let settings = with(&[]).unwrap();
    settings.section::<Auth>("auth").unwrap();
    settings.section::<Fetch>("fetch").unwrap();
    settings.section::<Limits>("limits").unwrap();
    settings.section::<Log>("log").unwrap();
    settings.section::<Metrics>("metrics").unwrap();
    settings.section::<Peers>("peers").unwrap();
}

#[test]
fn every_default_has_a_comment() {
    let lines: Vec<_> = DEFAULTS.lines().collect();
    let is_field = |line: &str| line.starts_with(|first: char| first.is_ascii_lowercase());
    let explained = |pair: &[&str]| pair[1].contains('#') || pair[0].starts_with('#');
    let bare: Vec<_> =
        lines.windows(2).filter(|pair| is_field(pair[1]) && !explained(pair)).map(|pair| pair[1]).collect();
    assert!(bare.is_empty(), "without a comment: {bare:?}");
}

#[test]
fn services_are_found_by_their_names() {
    let settings = with(&[]).unwrap();
    let port = |service| settings.listen_of(service).unwrap().port;
    assert_eq!(
        (port("rl-orchestrator"), port("execution-api"), port("model-service"), port("rl-server")),
        (8025, 8002, 8005, 8010)
    );
}

#[test]
fn variables_win_over_files_and_a_given_file_over_that_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("config")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("config/production.toml", "[rl]\nport = 1\n[models]\nport = 1\n[execution]\nport = 1\n");
    write("given.toml", "[models]\nport = 2\n[execution]\nport = 2\n");
    let environment = [("LIGHTNING_ENV", "production"), ("LIGHTNING__EXECUTION__PORT", "3")];
    let sources = Sources {
        directory: folder.path().to_owned(),
        file: Some(folder.path().join("given.toml")),
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    };
    let settings = Settings::load(&sources).unwrap();
    let port = |section| settings.listen(section).unwrap().port;
    assert_eq!((port("orchestrator"), port("rl"), port("models"), port("execution")), (8025, 1, 2, 3));
    assert_eq!(settings.origin("execution.port"), Origin::Variable("LIGHTNING__EXECUTION__PORT".to_owned()));
}

#[test]
fn a_file_that_was_asked_for_must_exist() {
    let error = with(&[("LIGHTNING_ENV", "no-such-place")]).unwrap_err().to_string();
    assert!(error.contains("config/no-such-place.toml"), "{error}");
}

#[test]
fn aliases_set_their_fields_and_the_long_form_wins() {
    let url = |pairs: &[(&str, &str)]| {
        with(pairs).unwrap().section::<Peers>("peers").unwrap().execution_url.to_string()
    };
    assert_eq!(url(&[("ENHANCED_API_URL", "http://a:1")]), "http://a:1/");
    assert_eq!(
        url(&[("ENHANCED_API_URL", "http://a:1"), ("LIGHTNING__PEERS__EXECUTION_URL", "http://b:2")]),
        "http://b:2/"
    );
    for (variable, field) in alias::ALIASES {
        let origin = with(&[(variable, "http://x:1")]).unwrap().origin(field);
        assert_eq!(origin, Origin::Variable((*variable).to_owned()));
    }
}

#[test]
fn peers_that_nobody_names_are_where_their_sections_listen() {
    let url = |pairs: &[(&str, &str)]| {
        with(pairs).unwrap().section::<Peers>("peers").unwrap().models_url.to_string()
    };
    assert_eq!(url(&[]), "http://127.0.0.1:8005/");
    let port = ("LIGHTNING__MODELS__PORT", "9005");
    assert_eq!(url(&[port]), "http://127.0.0.1:9005/");
    for (host, found) in [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("[::1]", "[::1]"), ("box", "box")] {
        assert_eq!(url(&[port, ("LIGHTNING__MODELS__HOST", host)]), format!("http://{found}:9005/"));
    }
    assert_eq!(url(&[port, ("MODEL_SERVICE_URL", "http://a:1")]), "http://a:1/");
    assert_eq!(url(&[("LIGHTNING__MODELS__PORT", "0")]), "http://127.0.0.1:8005/");
    assert_eq!(
        url(&[("LIGHTNING__MODELS__PORT", "70000")]),
        "http://127.0.0.1:8005/",
        "told when models is read"
    );
    let settings = with(&[port]).unwrap();
    assert_eq!(settings.origin("peers.models_url"), Origin::Variable("LIGHTNING__MODELS__PORT".to_owned()));
    assert_eq!(settings.origin("peers.rl_url"), Origin::Default);
}

#[test]
fn an_empty_alias_is_as_good_as_none() {
    assert_eq!(with(&[("DATABASE_URL", "")]).unwrap().origin("database.url"), Origin::Default);
}

#[test]
fn a_wrong_value_names_field_source_and_what_is_allowed() {
    assert_eq!(
        complaint(&[("LIGHTNING__RL__PORT", "70000")], "rl"),
        "rl.port is wrong in the environment variable LIGHTNING__RL__PORT: invalid value: integer `70000`; \
         allowed: a whole number from 0 to 65535"
    );
    assert_eq!(
        complaint(&[("LIGHTNING__LIMITS__BODY_MAX_BYTES", "much")], "limits"),
        "limits.body_max_bytes is wrong in the environment variable LIGHTNING__LIMITS__BODY_MAX_BYTES: \
         the value cannot be read; allowed: a whole number"
    );
    assert_eq!(
        complaint(&[("LIGHTNING__AUTH__MODE", "none")], "auth"),
        "auth.mode is wrong in the environment variable LIGHTNING__AUTH__MODE: unknown variant `none`; \
         allowed: `keys`, `off`, `loopback`"
    );
}

#[test]
fn values_out_of_range_are_refused() {
    assert!(
        complaint(&[("LIGHTNING__LIMITS__JSON_MAX_DEPTH", "121")], "limits")
            .ends_with("a whole number from 1 to 120")
    );
    assert!(
        complaint(&[("LIGHTNING__LIMITS__BODY_TIMEOUT_MS", "0")], "limits")
            .ends_with("a whole number, 1 or more")
    );
    assert!(
        complaint(&[("LIGHTNING__LIMITS__RATE_PER_KEY_PER_S", "0")], "limits").contains("\"auto\", \"off\"")
    );
    assert!(
        complaint(&[("LIGHTNING__FETCH__ALLOW_PRIVATE", "10.0.0.0/40")], "fetch")
            .contains("fetch.allow_private")
    );
}

#[test]
fn addresses_are_not_repeated_because_they_may_hold_passwords() {
    let error = complaint(&[("RL_SERVER_URL", "ftp://me:hunter2@x")], "peers");
    assert!(error.contains("RL_SERVER_URL") && !error.contains("hunter2"), "{error}");
}

#[test]
fn unknown_fields_and_sections_are_refused_with_those_that_exist() {
    let error = complaint(&[("LIGHTNING__RL__PROT", "1")], "rl");
    assert!(
        error.contains("LIGHTNING__RL__PROT") && error.contains("rl.prot") && error.contains("port"),
        "{error}"
    );
    let error = complaint(&[("LIGHTNING__LR__PORT", "1")], "rl");
    assert!(error.contains("the sections") && error.contains("orchestrator"), "{error}");
}

#[test]
fn files_with_mistakes_are_refused_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = |text: &str| {
        let path = folder.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        Settings::load(&Sources { file: Some(path), ..Sources::default() }).unwrap_err().to_string()
    };
    assert!(complaint("[rl]\nport = \n").contains("x.toml is not valid TOML: line 2"));
    assert!(complaint("[rl]\nspeed = 1\n").contains("x.toml sets rl.speed, which does not exist"));
    assert!(complaint("rl = 1\n").contains("x.toml sets rl, which does not exist"));
}

#[test]
fn lists_are_read_with_commas_or_as_toml() {
    let hosts = |text: &str| {
        with(&[("LIGHTNING__FETCH__ALLOW_HOSTS", text)])
            .unwrap()
            .section::<Fetch>("fetch")
            .unwrap()
            .allow_hosts
    };
    assert_eq!(hosts("a.org, b.org"), ["a.org", "b.org"]);
    assert_eq!(hosts(r#"["a.org"]"#), ["a.org"]);
    assert!(hosts("").is_empty());
}

#[test]
fn ranges_contain_what_they_should() {
    let contains = |range: &str, address: &str| {
        AddressRange::try_from(range.to_owned()).unwrap().contains(address.parse().unwrap())
    };
    assert!(contains("10.1.2.0/24", "10.1.2.255") && !contains("10.1.2.0/24", "10.1.3.0"));
    assert!(
        contains("0.0.0.0/0", "200.1.1.1")
            && contains("127.0.0.1", "127.0.0.1")
            && !contains("127.0.0.1", "127.0.0.2")
    );
    assert!(contains("fd00::/8", "fd12::1") && !contains("fd00::/8", "fe80::1") && contains("::/0", "::1"));
}
