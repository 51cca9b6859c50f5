//! A thread with a runtime of its own. What loads and what answers a load each stay on one thread: handing every request from thread
//! to thread would take more of a small machine than what is measured leaves.

use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::exit::{Code, Failure};

/// Runs `work` there to its end, and with it everything that it spawned.
pub async fn run<T, F>(name: &str, work: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let runtime = runtime()?;
    spawn(name, move || {
        // Nobody listens any more when the command was interrupted.
        drop(tell.send(runtime.block_on(work)));
    })?;
    told.await.map_err(|_| Failure::other("the load ended early"))?
}

/// Runs `work` there until the process ends.
pub fn leave<F>(name: &str, work: F) -> Result<(), Failure>
where
    F: Future<Output = ()> + Send + 'static,
{
    let runtime = runtime()?;
    spawn(name, move || runtime.block_on(work))
}

fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|e| Failure::from_error(Code::Other, &e))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|e| Failure::from_error(Code::Other, &e))
}
