//! Deals the blows of the plan, each when it is due, and tends the processes between them.

use std::time::Duration;

use rand::prelude::*;
use rand::rngs::StdRng;
use storage::Death;
use task_model::Micros;
use tokio::time::Instant;

use super::place::Place;
use super::plan::{Blow, Fault, Victim};
use super::processes::Processes;
use super::report::Blows;
use crate::cli::ChaosArgs;
use crate::exit::Failure;
use crate::output::{Output, Tone};

/// Between two looks at the processes.
const TEND: Duration = Duration::from_millis(50);
/// Between two looks at the server.
const LOOK: Duration = Duration::from_secs(1);
/// Between two words about how far it is.
const TELL: Duration = Duration::from_secs(15);

/// Who deals them.
pub struct Striker<'a> {
    place: &'a Place,
    rng: StdRng,
    output: Output,
    /// What fell so far.
    pub blows: Blows,
    /// Workers that were killed.
    pub deaths: Vec<Death>,
}

impl<'a> Striker<'a> {
    /// One that has done nothing yet.
    pub fn new(place: &'a Place, seed: u64, output: Output) -> Self {
        Self { place, rng: StdRng::seed_from_u64(seed), output, blows: Blows::default(), deaths: Vec::new() }
    }

    /// Notes what this run cannot do.
    pub fn left_out(&mut self, place: &Place, args: &ChaosArgs) {
        let mut left_out = |what: String| self.blows.left_out.push(what);
        if let Some(why) = &place.no_disk {
            left_out(format!("the disk was not filled: {why}"));
        } else if place.disk.is_none() && !args.no_faults {
            left_out("the disk was not filled: not asked for (--fill-disk)".to_owned());
        }
        if place.server.is_some() && place.own.is_none() && !args.no_faults {
            left_out("the server was not restarted: it is not this run's own".to_owned());
        }
    }

    /// Deals all blows, and returns when the time is over.
    pub async fn strike(
        &mut self,
        faults: Vec<Fault>,
        begin: Instant,
        length: Duration,
        processes: &mut Processes,
    ) -> Result<(), Failure> {
        let mut told = begin;
        for fault in faults {
            self.wait(begin + fault.at, &mut told, begin, processes).await?;
            self.deal(fault.blow, processes).await?;
        }
        self.wait(begin + length, &mut told, begin, processes).await
    }

    async fn wait(
        &self,
        until: Instant,
        told: &mut Instant,
        begin: Instant,
        processes: &mut Processes,
    ) -> Result<(), Failure> {
        let mut looked = Instant::now();
        loop {
            processes.tend(std::time::Instant::now())?;
            // As a supervisor would: a server gives up when it cannot even write its log, perhaps long after the disk was full.
            if let (Some(own), true) = (&self.place.own, looked.elapsed() > LOOK) {
                own.revive();
                looked = Instant::now();
            }
            if told.elapsed() > TELL {
                *told = Instant::now();
                let kills: u32 = self.blows.kills.values().sum();
                let line = format!("{:>4} s: {kills} kills", begin.elapsed().as_secs());
                self.output.say(self.output.paint(Tone::Faint, line));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(left.min(TEND)).await;
        }
    }

    async fn deal(&mut self, blow: Blow, processes: &mut Processes) -> Result<(), Failure> {
        match blow {
            Blow::Kill(victim, down) => self.kill(victim, down, processes).await,
            Blow::Freeze(victim, freeze) => {
                self.blows.freezes += u32::from(processes.freeze(victim, freeze, &mut self.rng).is_some());
            }
            Blow::CutConnections => self.cut_connections().await,
            Blow::RestartServer => self.restart_server(),
            Blow::TakeConnections(time) => self.take_connections(time, processes).await?,
            Blow::FillDisk(time) => self.fill_disk(time, processes).await?,
        }
        Ok(())
    }

    async fn kill(&mut self, victim: Victim, down: Duration, processes: &mut Processes) {
        let at = Micros(service_kit::now_micros());
        let Some(pid) = processes.kill(victim, down, &mut self.rng).await else { return };
        self.deaths.push(Death { pid: pid.into(), at });
        let name = match victim {
            Victim::Execution => "execution",
            Victim::Orchestrator => "orchestrator",
            Victim::Models => "models",
            Victim::Rl => "rl",
        };
        *self.blows.kills.entry(name).or_default() += 1;
    }

    async fn cut_connections(&mut self) {
        let Some((server, name)) = &self.place.server else { return };
        if let Ok(cut) = server.connections_cut(name).await {
            self.blows.connections_cut.0 += 1;
            self.blows.connections_cut.1 += cut;
        }
    }

    fn restart_server(&mut self) {
        // One that does not come up at once is looked after while waiting.
        if let Some(own) = &self.place.own {
            self.blows.server_restarts += u32::from(own.restart().is_ok());
        }
    }

    async fn take_connections(&mut self, time: Duration, processes: &mut Processes) -> Result<(), Failure> {
        let Some((server, _)) = &self.place.server else { return Ok(()) };
        let taken = server.connections_take().await;
        self.blows.connections_taken.0 += 1;
        self.blows.connections_taken.1 += taken.len();
        let now = Instant::now();
        let waited = self.wait(now + time, &mut now.clone(), now, processes).await;
        drop(taken);
        waited
    }

    async fn fill_disk(&mut self, time: Duration, processes: &mut Processes) -> Result<(), Failure> {
        let Some(disk) = &self.place.disk else { return Ok(()) };
        if disk.fill().is_err() {
            return Ok(());
        }
        self.blows.disk_full += 1;
        let now = Instant::now();
        let waited = self.wait(now + time, &mut now.clone(), now, processes).await;
        let emptied = disk.empty();
        waited?;
        emptied.map_err(|error| Failure::from_error(crate::exit::Code::Other, &error))
    }
}
