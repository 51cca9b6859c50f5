//! Bringing the configured agents in, without undoing what people changed.

use sha2::{Digest, Sha256};
use task_model::Micros;

use super::edit::{add_revision, bump_roster, insert_agent};
use crate::sql::{Connection, Row, sql};
use crate::{AgentSpec, Result, Seeded, Signal, Storage};

impl Storage {
    /// Brings the configured agents in: absent ones are created, changed ones revised unless a person edited or
    /// deleted them. Seeding the same again changes nothing.
    pub async fn agent_seed(&self, specs: Vec<AgentSpec>, now: Micros) -> Result<Seeded> {
        let signals = &[Signal::TaskChanged];
        self.write((specs, now), signals, |connection, (specs, now)| Box::pin(seed(connection, specs, *now)))
            .await
    }
}

async fn seed(connection: &mut Connection, specs: &[AgentSpec], now: Micros) -> Result<Seeded> {
    // Held to the commit: several processes may start at once. An equal version is no change, so it is only locked.
    sql("UPDATE roster SET version = version WHERE id = 1").execute(connection).await?;
    let mut seeded = Seeded::default();
    for spec in specs {
        let hash = hash(spec);
        const SELECT: &str = "SELECT revision, seed_hash, edited FROM agents WHERE agent_id = $1";
        match sql(SELECT).bind(&spec.id).row(connection).await? {
            None => {
                insert_agent(connection, &spec.id, false, Some(&hash), now).await?;
                add_revision(connection, spec, 1, "config", now).await?;
                seeded.created += 1;
            }
            Some(row) if row.opt_text("seed_hash")?.as_ref() == Some(&hash) => {}
            Some(row) if row.get("edited")? => seeded.kept += 1,
            Some(row) => {
                revise(connection, spec, &row, &hash, now).await?;
                seeded.revised += 1;
            }
        }
    }
    if seeded.created + seeded.revised > 0 {
        bump_roster(connection).await?;
    }
    Ok(seeded)
}

async fn revise(
    connection: &mut Connection,
    spec: &AgentSpec,
    row: &Row,
    hash: &str,
    now: Micros,
) -> Result<()> {
    let revision = row.int("revision")? + 1;
    const UPDATE: &str =
        "UPDATE agents SET revision = $1, seed_hash = $2, updated_at = $3 WHERE agent_id = $4";
    sql(UPDATE).bind(revision).bind(hash).bind(now).bind(&spec.id).execute(connection).await?;
    add_revision(connection, spec, revision, "config", now).await
}

fn hash(spec: &AgentSpec) -> String {
    // The debug form of plain data holds every field, and changes when one is added.
    Sha256::digest(format!("{spec:?}")).iter().map(|byte| format!("{byte:02x}")).collect()
}
