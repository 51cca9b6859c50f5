//! What may be spent on models. A call takes what it may cost before it is made, and gives back the rest afterwards, so that calls at
//! the same time never exceed a budget together.

use task_model::{MicroUsd, Micros};

use crate::sql::{Connection, Row, sql};
use crate::{BudgetRecord, BudgetShare, Reserved, Result, Storage};

impl Storage {
    /// All budgets by id.
    pub async fn budget_list(&self) -> Result<Vec<BudgetRecord>> {
        let select = sql("SELECT * FROM model_budgets ORDER BY budget_id");
        select.rows(&mut self.read().await?).await?.iter().map(budget).collect()
    }

    /// Creates or replaces a budget; `created_at` of an existing one stays, and so does what is used of it.
    pub async fn budget_put(&self, budget: BudgetRecord) -> Result<()> {
        self.write(budget, &[], |connection, budget| Box::pin(put(connection, budget, false))).await
    }

    /// Makes these the declared budgets, and removes those that were declared before and are not any more. What is used of any of them
    /// stays, for one that comes back.
    pub async fn budgets_declare(&self, budgets: Vec<BudgetRecord>) -> Result<()> {
        self.write(budgets, &[], |connection, budgets| Box::pin(declare(connection, budgets))).await
    }

    /// Removes a budget and what was used of it; false when it was not there.
    pub async fn budget_delete(&self, budget_id: &str) -> Result<bool> {
        self.write(budget_id.to_owned(), &[], |connection, id| Box::pin(delete(connection, id))).await
    }

    /// What is used of a budget in the period that began at `period_start`, calls under way included.
    pub async fn budget_used(&self, budget_id: &str, period_start: Micros) -> Result<MicroUsd> {
        const SELECT: &str =
            "SELECT used_micro FROM model_budget_use WHERE budget_id = $1 AND period_start = $2";
        let row = sql(SELECT).bind(budget_id).bind(period_start).row(&mut self.read().await?).await?;
        row.map_or(Ok(MicroUsd::ZERO), |row| row.money("used_micro"))
    }

    /// Takes every share, or none when one of them does not fit its budget's limit any more.
    pub async fn budget_reserve(&self, shares: Vec<BudgetShare>) -> Result<Reserved> {
        self.write(shares, &[], |connection, shares| Box::pin(reserve(connection, shares))).await
    }

    /// Adds the shares' amounts, negative ones too, to what is used: after a call, its cost less what was reserved for it.
    pub async fn budget_settle(&self, shares: Vec<BudgetShare>) -> Result<()> {
        self.write(shares, &[], |connection, shares| Box::pin(settle(connection, shares))).await
    }
}

fn budget(row: &Row) -> Result<BudgetRecord> {
    Ok(BudgetRecord {
        budget_id: row.text("budget_id")?,
        scope: row.text("scope")?,
        subject: row.text("subject")?,
        period: row.text("period")?,
        limit: row.money("limit_micro")?,
        created_at: row.micros("created_at")?,
        updated_at: row.micros("updated_at")?,
    })
}

async fn declare(connection: &mut Connection, budgets: &[BudgetRecord]) -> Result<()> {
    const FORMER: &str = "SELECT budget_id FROM model_budgets WHERE declared ORDER BY budget_id";
    for row in sql(FORMER).rows(connection).await? {
        let id = row.text("budget_id")?;
        if !budgets.iter().any(|budget| budget.budget_id == id) {
            const DELETE: &str = "DELETE FROM model_budgets WHERE budget_id = $1";
            sql(DELETE).bind(&id).execute(connection).await?;
        }
    }
    for budget in budgets {
        put(connection, budget, true).await?;
    }
    Ok(())
}

async fn put(connection: &mut Connection, budget: &BudgetRecord, declared: bool) -> Result<()> {
    const PUT: &str = "INSERT INTO model_budgets \
                           (budget_id, scope, subject, period, limit_micro, created_at, updated_at, declared) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                       ON CONFLICT (budget_id) DO UPDATE SET scope = excluded.scope, subject = excluded.subject, \
                           period = excluded.period, limit_micro = excluded.limit_micro, \
                           updated_at = excluded.updated_at, declared = excluded.declared";
    let put = sql(PUT).bind(&budget.budget_id).bind(&budget.scope).bind(&budget.subject).bind(&budget.period);
    let put = put.bind(budget.limit).bind(budget.created_at).bind(budget.updated_at);
    put.bind(declared).execute(connection).await.map(drop)
}

async fn delete(connection: &mut Connection, budget_id: &String) -> Result<bool> {
    sql("DELETE FROM model_budget_use WHERE budget_id = $1").bind(budget_id).execute(connection).await?;
    let delete = sql("DELETE FROM model_budgets WHERE budget_id = $1").bind(budget_id);
    Ok(delete.execute(connection).await? > 0)
}

/// One guarded statement for each share: it takes the row's lock, so nobody else comes between looking and taking.
async fn reserve(connection: &mut Connection, shares: &[BudgetShare]) -> Result<Reserved> {
    const TAKE: &str = "UPDATE model_budget_use SET used_micro = used_micro + $1 \
                        WHERE budget_id = $2 AND period_start = $3 AND used_micro + $4 <= \
                            (SELECT limit_micro FROM model_budgets WHERE budget_id = $5)";
    for (taken, share) in shares.iter().enumerate() {
        begin(connection, share).await?;
        let take = sql(TAKE).bind(share.amount).bind(&share.budget_id).bind(share.period_start);
        if take.bind(share.amount).bind(&share.budget_id).execute(connection).await? > 0 {
            continue;
        }
        for share in &shares[..taken] {
            add(connection, share, MicroUsd(-share.amount.0)).await?;
        }
        return Ok(Reserved::Exceeded(share.budget_id.clone()));
    }
    Ok(Reserved::All)
}

async fn settle(connection: &mut Connection, shares: &[BudgetShare]) -> Result<()> {
    for share in shares {
        add(connection, share, share.amount).await?;
    }
    Ok(())
}

async fn begin(connection: &mut Connection, share: &BudgetShare) -> Result<()> {
    const BEGIN: &str = "INSERT INTO model_budget_use (budget_id, period_start, used_micro) VALUES ($1, $2, 0) \
                         ON CONFLICT (budget_id, period_start) DO NOTHING";
    sql(BEGIN).bind(&share.budget_id).bind(share.period_start).execute(connection).await.map(drop)
}

async fn add(connection: &mut Connection, share: &BudgetShare, amount: MicroUsd) -> Result<()> {
    const ADD: &str = "UPDATE model_budget_use SET used_micro = used_micro + $1 \
                       WHERE budget_id = $2 AND period_start = $3";
    let add = sql(ADD).bind(amount).bind(&share.budget_id).bind(share.period_start);
    add.execute(connection).await.map(drop)
}
