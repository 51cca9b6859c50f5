//! `lightning key create|list|revoke`: straight to the database, so that the first key needs no key.

use secrecy::ExposeSecret;
use serde_json::json;
use service_api::rfc3339;
use service_kit::access::{hash_key, mint_key};
use service_kit::{Settings, now_micros};
use storage::{ApiKey, Storage};
use task_model::Micros;

use super::migrate;
use crate::cli::{KeyCommand, KeyCreateArgs};
use crate::exit::Failure;
use crate::output::Output;

const DAY_MS: i64 = 86_400_000;

/// Opens the database, does one thing, and closes it.
pub async fn run(command: KeyCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let storage = migrate::open(settings).await?;
    let done = match command {
        KeyCommand::Create(args) => create(args, &storage, output).await,
        KeyCommand::List => list(&storage, output).await,
        KeyCommand::Revoke(key) => revoke(&key.id, &storage, output).await,
    };
    storage.close().await;
    done
}

async fn create(args: KeyCreateArgs, storage: &Storage, output: &Output) -> Result<(), Failure> {
    let secret = mint_key(&mut rand::rng());
    let now = Micros(now_micros());
    let key = ApiKey {
        key_id: format!("key_{}", uuid::Uuid::now_v7().simple()),
        name: args.name,
        role: args.role,
        sha256: hex(&hash_key(secret.expose_secret().as_bytes())),
        created_at: now,
        expires_at: args.expires_days.map(|days| now.plus_millis(i64::from(days) * DAY_MS)),
        revoked_at: None,
    };
    storage.key_create(key.clone()).await?;
    let document =
        json!({"id": key.key_id, "name": key.name, "role": key.role, "key": secret.expose_secret()});
    output.both(&document, || {
        format!(
            "{}\n\nThis is {} ({}, role {}). It is shown this once; keep it safe.",
            secret.expose_secret(),
            key.key_id,
            key.name,
            key.role
        )
    });
    Ok(())
}

async fn list(storage: &Storage, output: &Output) -> Result<(), Failure> {
    let mut table = output.table(&["key", "name", "role", "created", "state"]);
    for key in storage.key_list().await? {
        let state = state(&key);
        output.data(&json!({"id": key.key_id, "name": key.name, "role": key.role,
            "created_at": rfc3339(key.created_at), "expires_at": key.expires_at.map(rfc3339), "state": state}));
        table.add_row([&key.key_id, &key.name, &key.role, &rfc3339(key.created_at), state]);
    }
    output.say(table.to_string());
    Ok(())
}

async fn revoke(id: &str, storage: &Storage, output: &Output) -> Result<(), Failure> {
    if !storage.key_revoke(id, Micros(now_micros())).await? {
        return Err(Failure::not_found(format!(
            "there is no key {id} that could be revoked; `lightning key list` shows all"
        )));
    }
    output.both(&json!({"id": id, "state": "revoked"}), || format!("{id} is revoked"));
    Ok(())
}

fn state(key: &ApiKey) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= Micros(now_micros()) => "expired",
        _ => "active",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
