//! Ticks of a timer of the system's own, exact to some 50 µs. The runtime's timers tick once a millisecond, which would send several
//! requests at once.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::unix::AsyncFd;

/// The ticks.
#[derive(Debug)]
pub struct Ticks(AsyncFd<OwnedFd>);

impl Ticks {
    /// The first after `lead`, then one every `gap`.
    pub fn new(lead: Duration, gap: Duration) -> io::Result<Self> {
        let timer =
            TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        let expiration =
            Expiration::IntervalDelayed(TimeSpec::from_duration(lead), TimeSpec::from_duration(gap));
        timer.set(expiration, TimerSetTimeFlags::empty())?;
        // Its successor asks for `unsafe`, for descriptors that may be closed by others; this one is owned.
        #[expect(deprecated)]
        let timer = AsyncFd::new(timer.into())?;
        Ok(Self(timer))
    }

    /// Waits for the next one; several that were missed are one.
    pub async fn next(&mut self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            let mut ticks = [0; size_of::<u64>()];
            match ready.try_io(|timer| Ok(nix::unistd::read(timer, &mut ticks)?)) {
                Ok(read) => return read.map(drop),
                Err(_would_block) => {}
            }
        }
    }
}
