//! The knowledge base: full text search with the index that each database has.

use task_model::AgentId;

use crate::sql::{Connection, Row, Value, built, sql};
use crate::{Kind, Knowledge, KnowledgeHit, KnowledgeStats, Result, Storage};

/// More words make no better question.
const MAX_WORDS: usize = 32;

impl Storage {
    /// Adds an entry. [`Error::Conflict`](crate::Error::Conflict) when its id is taken.
    pub async fn knowledge_add(&self, knowledge: Knowledge) -> Result<()> {
        self.write(knowledge, &[], |connection, knowledge| Box::pin(add(connection, knowledge))).await
    }

    /// The best matches for the words of `query`, of one agent or of all. Words are words: there is no query syntax.
    pub async fn knowledge_search(
        &self,
        agent_id: Option<&AgentId>,
        query: &str,
        limit: usize,
    ) -> Result<Vec<KnowledgeHit>> {
        let words = words(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let whose = if agent_id.is_some() { "AND k.agent_id = $3" } else { "" };
        let (text, question) = match self.kind() {
            Kind::Sqlite => (fts5(whose), any_of(&words, " OR ", |word| format!("\"{word}\""))),
            Kind::Postgres => (tsvector(whose), any_of(&words, " | ", |word| format!("'{word}'"))),
        };
        let search = built(text).bind(question).bind(limit).bind_all(agent_id.map(Value::from));
        search.rows(&mut self.read().await?).await?.iter().map(hit).collect()
    }

    /// How much an agent knows; all of them when none is named.
    pub async fn knowledge_stats(&self, agent_id: Option<&AgentId>) -> Result<KnowledgeStats> {
        let whose = if agent_id.is_some() { "WHERE agent_id = $1" } else { "" };
        let select = built(format!(
            "SELECT category, COUNT(*) AS entries, CAST(SUM(LENGTH(content)) AS BIGINT) AS bytes, \
                 MAX(created_at) AS latest_at FROM knowledge {whose} GROUP BY category ORDER BY category"
        ));
        let mut stats = KnowledgeStats::default();
        for row in select.bind_all(agent_id.map(Value::from)).rows(&mut self.read().await?).await? {
            stats.entries += row.int("entries")?;
            stats.bytes += row.int("bytes")?;
            stats.latest_at = stats.latest_at.max(row.opt_micros("latest_at")?);
            stats.categories.push((row.text("category")?, row.int("entries")?));
        }
        Ok(stats)
    }

    /// Removes an entry; false when it was not there.
    pub async fn knowledge_delete(&self, knowledge_id: &str) -> Result<bool> {
        self.write(knowledge_id.to_owned(), &[], |connection, id| Box::pin(delete(connection, id))).await
    }
}

/// The words of a text: letters and digits only, so that nothing of them can be syntax to a search engine.
fn words(query: &str) -> Vec<String> {
    let words = query.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).take(MAX_WORDS).collect()
}

fn any_of(words: &[String], or: &str, quoted: impl Fn(&String) -> String) -> String {
    words.iter().map(quoted).collect::<Vec<_>>().join(or)
}

fn fts5(whose: &str) -> String {
    // bm25 is smaller for better matches; the title counts twice.
    format!(
        "SELECT k.*, -bm25(knowledge_text, 2.0, 1.0) AS score FROM knowledge_text \
         JOIN knowledge k ON k.seq = knowledge_text.rowid WHERE knowledge_text MATCH $1 {whose} \
         ORDER BY score DESC, k.seq LIMIT $2"
    )
}

fn tsvector(whose: &str) -> String {
    format!(
        "SELECT k.knowledge_id, k.agent_id, k.title, k.content, k.source, k.category, k.metadata_json, k.created_at, \
             CAST(ts_rank(k.words, question) AS DOUBLE PRECISION) AS score \
         FROM knowledge k, to_tsquery('english', $1) question WHERE k.words @@ question {whose} \
         ORDER BY score DESC, k.seq LIMIT $2"
    )
}

fn hit(row: &Row) -> Result<KnowledgeHit> {
    let knowledge = Knowledge {
        knowledge_id: row.text("knowledge_id")?,
        agent_id: row.agent_id("agent_id")?,
        title: row.text("title")?,
        content: row.text("content")?,
        source: row.opt_text("source")?,
        category: row.text("category")?,
        metadata: row.json("metadata_json")?,
        created_at: row.micros("created_at")?,
    };
    Ok(KnowledgeHit { knowledge, score: row.get("score")? })
}

async fn add(connection: &mut Connection, knowledge: &Knowledge) -> Result<()> {
    const INSERT: &str = "INSERT INTO knowledge (knowledge_id, agent_id, title, content, source, category, \
                              metadata_json, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sql(INSERT)
        .bind(&knowledge.knowledge_id)
        .bind(&knowledge.agent_id)
        .bind(&knowledge.title)
        .bind(&knowledge.content)
        .bind(knowledge.source.as_ref())
        .bind(&knowledge.category)
        .bind(&knowledge.metadata)
        .bind(knowledge.created_at)
        .execute(connection)
        .await
        .map(drop)
}

async fn delete(connection: &mut Connection, knowledge_id: &String) -> Result<bool> {
    Ok(sql("DELETE FROM knowledge WHERE knowledge_id = $1").bind(knowledge_id).execute(connection).await? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_question_is_syntax() {
        assert_eq!(words("Machine-learning \"OR\" NEAR(x) -- *"), ["machine", "learning", "or", "near", "x"]);
        assert_eq!(words("größe 日本語 '); DROP TABLE"), ["größe", "日本語", "drop", "table"]);
        assert!(words(" \"*() ").is_empty());
    }
}
