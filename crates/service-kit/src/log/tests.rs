//! What lines look like.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Captured {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn logged<F>(format: F, write: impl FnOnce()) -> String
where
    F: fmt::FormatEvent<Registry, JsonFields> + Send + Sync + 'static,
{
    let captured = Captured::default();
    let layer = fmt::Layer::default().fmt_fields(JsonFields::new()).event_format(format);
    let subscriber = Registry::default().with(layer.with_writer(captured.clone()).with_ansi(false));
    tracing::subscriber::with_default(subscriber, write);
    String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn json_lines_hold_fields_of_the_event_and_of_the_spans_around_it() {
    let line = logged(JsonLines, || {
        let outer = tracing::info_span!("run", task.id = "t1", attempt = 1).entered();
        let inner = tracing::info_span!("step", attempt = 2).entered();
        tracing::info!(duration_ms = 1.5, ok = true, "a step \"ended\"\nwell");
        drop((inner, outer));
    });
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["message"], "a step \"ended\"\nwell");
    assert_eq!((&value["task.id"], &value["attempt"]), (&Value::from("t1"), &Value::from(2)));
    assert_eq!(
        (&value["duration_ms"], &value["ok"], &value["level"]),
        (&1.5.into(), &true.into(), &"INFO".into())
    );
    assert_eq!(line.lines().count(), 1);
}

#[test]
fn pretty_lines_read_from_left_to_right() {
    let line = logged(PrettyLines, || tracing::warn!(peer = "models", "a peer is slow"));
    assert!(line.contains(" WARN a peer is slow peer=models [service_kit::log::tests]"), "{line}");
}

#[test]
fn a_wrong_level_names_the_setting() {
    let settings = Settings::with([("LIGHTNING__LOG__LEVEL", "info,storage=loud")]).unwrap();
    let error = filter(&settings.section("log").unwrap(), &settings).unwrap_err().to_string();
    assert!(
        error.starts_with("log.level is wrong in the environment variable LIGHTNING__LOG__LEVEL"),
        "{error}"
    );
}

#[test]
fn files_are_named_after_the_program_and_masked() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::with([("LIGHTNING__LOG__ROTATION", "never")]).unwrap();
    let log: Log = settings.section("log").unwrap();
    let (writer, guard) = NonBlocking::new(open(folder.path().to_str().unwrap(), "test", &log).unwrap());
    std::io::Write::write_all(&mut Masking::new(writer, true), b"mail to a@b.de\n").unwrap();
    drop(guard);
    assert_eq!(std::fs::read_to_string(folder.path().join("test.log")).unwrap(), "mail to [email]\n");
}
