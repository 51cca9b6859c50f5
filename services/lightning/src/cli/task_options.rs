//! What may be said of a task besides what is to be done, by whichever command makes it.

use clap::Args;

/// The same for one task and for each of those that a schedule makes.
#[derive(Debug, Args)]
pub struct TaskOptions {
    /// 1 to 10, or low, normal, high, urgent
    #[arg(long, short)]
    pub priority: Option<String>,
    /// Pin the agent; such a task teaches nothing
    #[arg(long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// A JSON object to keep with the task
    #[arg(long, value_name = "JSON")]
    pub metadata: Option<String>,
    /// Assign even when confidence is under the floor
    #[arg(long)]
    pub force: bool,
    /// The task may not cost more than this many dollars
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<f64>,
    /// What such tasks of this tenant may cost on average, in dollars
    #[arg(long, value_name = "USD")]
    pub cost_per_task: Option<f64>,
    /// What such tasks of this tenant may cost in a UTC day, in dollars
    #[arg(long, value_name = "USD")]
    pub cost_per_day: Option<f64>,
    /// How long such tasks of this tenant may take on average
    #[arg(long, value_name = "MS")]
    pub latency_ms: Option<f64>,
    /// How many agents may try it, one after the other
    #[arg(long, value_name = "N")]
    pub max_attempts: Option<i64>,
    /// Who it is for: limits and fair shares are per tenant
    #[arg(long)]
    pub tenant: Option<String>,
}
