//! Which test runs next. A thread of libtest that asks for one test runs others while that one can't, or has been run
//! ahead of it, together with short ones that come next. So no thread is idle while there is something to run, and never
//! do more tests run at a time than libtest has threads here.

#[cfg(test)]
mod tests;

use std::ptr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::remote::Finished;
use crate::case::TestCase;
use crate::protocol::Kind;
use crate::sys::claims::TOGETHER_MAX;

/// How long tests that are given to a worker together may take, until those are taken back that it has not begun: long
/// against what giving them takes, short against what somebody who watches notices.
pub const TOGETHER: Duration = Duration::from_millis(4);

/// The tests that libtest is going to ask for, as far as that is known, and those that it has asked for.
pub struct Plan {
    state: Mutex<State>,
    /// A test has ended, a group is free, or a test can be had again.
    changed: Condvar,
}

/// What a thread that has asked for a test has to do.
pub enum Next<'a> {
    /// Nothing: that test has run.
    Tell(Outcome),
    /// Run these, then ask again.
    Run(Batch<'a>),
}

/// How a test ended, or why it could not be run.
pub type Outcome = Result<Finished, String>;

/// Tests of one kind and group, for one worker. Those that are neither settled nor given back when it is dropped could
/// not be run.
pub struct Batch<'a> {
    plan: &'a Plan,
    line: usize,
    kind: Kind,
    tests: Vec<(usize, &'static TestCase)>,
    settled: usize,
    /// How many there were at first.
    given: usize,
}

/// How long a thread whose own test has run may go on with short ones. Longer, and nobody would see how far the run is.
const STAY: Duration = Duration::from_millis(20);

/// Who has asked for a test.
#[derive(Debug)]
pub struct Ticket {
    test: usize,
    /// When it was found that it has run.
    ran: Option<Instant>,
}

struct State {
    /// Those planned first, in the order of their names; then those that libtest has asked for unforeseen.
    tests: Vec<Entry>,
    planned: usize,
    /// One for all tests without a group, the first; and one for each group.
    lines: Vec<Line>,
    /// What libtest has asked for and has not been told.
    awaited: Vec<usize>,
    pending: usize,
    /// How many tests run at a time.
    threads: usize,
    /// Threads that have nothing to do.
    idle: usize,
    /// How many tests a worker is given together: more when it was through with the last ones in time, fewer when not.
    together: usize,
}

struct Entry {
    case: &'static TestCase,
    name: &'static str,
    kind: Kind,
    line: usize,
    /// Its place there.
    place: usize,
    stage: Stage,
}

enum Stage {
    Pending,
    Running,
    /// Boxed, since there is a stage for each test of the program, and few have ended and not been told.
    Ended(Box<Outcome>),
    Told,
}

#[derive(Default)]
struct Line {
    group: Option<&'static str>,
    tests: Vec<usize>,
    /// Nothing before this place is pending.
    first: usize,
    pending: usize,
    /// The group's tests exclude each other, and one is running.
    is_taken: bool,
}

impl Plan {
    /// A plan of these tests, so many of which run at a time.
    pub fn new(mut tests: Vec<(&'static TestCase, Kind)>, threads: usize) -> Self {
        let mut state = State {
            tests: Vec::with_capacity(tests.len()),
            planned: 0,
            lines: vec![Line::default()],
            awaited: Vec::new(),
            pending: 0,
            threads: threads.max(1),
            idle: 0,
            together: 1,
        };
        tests.sort_unstable_by_key(|(case, _)| case.name());
        for (case, kind) in tests {
            state.add(case, kind);
        }
        state.planned = state.tests.len();
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Takes note that libtest asks for a test.
    pub fn ask_for(&self, case: &'static TestCase, kind: impl Fn() -> Kind) -> Ticket {
        let mut state = self.lock();
        let test = state.find(case).unwrap_or_else(|| state.add(case, kind()));
        if let Stage::Told = state.tests[test].stage {
            state.set_pending(test);
        }
        state.awaited.push(test);
        Ticket { test, ran: None }
    }

    /// What the thread that has asked for the test has to do now. Waits while it is the turn of others.
    pub fn next(&self, ticket: &mut Ticket) -> Next<'_> {
        let mut state = self.lock();
        loop {
            let has_run = state.has_run(ticket.test);
            if (!has_run || state.may_stay(ticket))
                && let Some(lead) = state.lead(ticket.test)
            {
                return Next::Run(state.batch(self, lead));
            }
            if has_run {
                return Next::Tell(state.tell(ticket.test));
            }
            state.idle += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, state: &State) {
        if state.idle > 0 {
            self.changed.notify_all();
        }
    }
}

impl State {
    fn find(&self, case: &'static TestCase) -> Option<usize> {
        let name = case.name();
        let is_it = |entry: &Entry| ptr::eq(entry.case, case);
        let (planned, others) = self.tests.split_at(self.planned);
        let place = planned.binary_search_by(|entry| entry.name.cmp(name)).ok();
        // Names are unique but for tests that libtest doesn't know: those in the body of a function.
        place
            .filter(|&place| is_it(&planned[place]))
            .or_else(|| Some(self.planned + others.iter().position(is_it)?))
            .or_else(|| planned.iter().position(is_it))
    }

    fn add(&mut self, case: &'static TestCase, kind: Kind) -> usize {
        let test = self.tests.len();
        let line = self.lines.iter().position(|line| line.group == case.group);
        let line = line.unwrap_or_else(|| {
            self.lines.push(Line {
                group: case.group,
                ..Line::default()
            });
            self.lines.len() - 1
        });
        let place = self.lines[line].tests.len();
        self.lines[line].tests.push(test);
        self.tests.push(Entry {
            case,
            name: case.name(),
            kind,
            line,
            place,
            stage: Stage::Told,
        });
        self.set_pending(test);
        test
    }

    fn set_pending(&mut self, test: usize) {
        let Entry { line, place, .. } = self.tests[test];
        self.tests[test].stage = Stage::Pending;
        self.pending += 1;
        let line = &mut self.lines[line];
        line.pending += 1;
        line.first = line.first.min(place);
    }

    fn set_running(&mut self, test: usize) {
        self.tests[test].stage = Stage::Running;
        self.pending -= 1;
        self.lines[self.tests[test].line].pending -= 1;
    }

    fn is_pending(&self, test: usize) -> bool {
        matches!(self.tests[test].stage, Stage::Pending)
    }

    fn can_start(&self, test: usize) -> bool {
        self.is_pending(test) && !self.lines[self.tests[test].line].is_taken
    }

    fn has_run(&self, test: usize) -> bool {
        matches!(self.tests[test].stage, Stage::Ended(_))
    }

    /// Whether a thread may run others although its own test has run: workers would be idle while libtest comes back with
    /// one thread after another for those that have run already. But one of its threads has to do that.
    fn may_stay(&self, ticket: &mut Ticket) -> bool {
        let ran = *ticket.ran.get_or_insert_with(Instant::now);
        self.together > 1 && self.awaited.len() < self.threads && ran.elapsed() < STAY
    }

    fn tell(&mut self, test: usize) -> Outcome {
        self.awaited.retain(|&awaited| awaited != test);
        match std::mem::replace(&mut self.tests[test].stage, Stage::Told) {
            Stage::Ended(outcome) => *outcome,
            _ => Err("it has not run".to_owned()),
        }
    }

    /// The test to begin with: of a group that is as long as all the rest takes, or else the thread's own, one that
    /// another thread waits for, or any.
    fn lead(&mut self, own: usize) -> Option<usize> {
        let free_groups = self.lines.iter().enumerate().skip(1);
        let longest = free_groups
            .filter(|(_, line)| !line.is_taken && line.pending > 0)
            .max_by_key(|(_, line)| line.pending)
            .map(|(place, line)| (place, line.pending));
        let line = match longest {
            Some((line, pending)) if pending * self.threads >= self.pending => Some(line),
            _ if self.can_start(own) => return Some(own),
            _ => {
                if let Some(&awaited) = self.awaited.iter().find(|&&test| self.can_start(test)) {
                    return Some(awaited);
                }
                longest.map(|(line, _)| line)
            }
        };
        let line = line.unwrap_or_default();
        if self.tests[own].line == line && self.is_pending(own) {
            return Some(own);
        }
        self.first_pending(line)
    }

    fn first_pending(&mut self, line: usize) -> Option<usize> {
        while let Some(&test) = self.lines[line].tests.get(self.lines[line].first) {
            if self.is_pending(test) {
                return Some(test);
            }
            self.lines[line].first += 1;
        }
        None
    }

    /// The test, and some that come after it: as many as are likely to be short together, and leave enough for others.
    fn batch<'a>(&mut self, plan: &'a Plan, lead: usize) -> Batch<'a> {
        let Entry { line, place, kind, .. } = self.tests[lead];
        let share = 1 + self.lines[line].pending / (2 * self.threads);
        let most = self.together.min(share);
        let mut tests = Vec::with_capacity(most);
        for place in place..self.lines[line].tests.len().min(place + 4 * most) {
            let test = self.lines[line].tests[place];
            if self.is_pending(test) && self.tests[test].kind == kind {
                self.set_running(test);
                tests.push((test, self.tests[test].case));
                if tests.len() == most {
                    break;
                }
            }
        }
        self.lines[line].is_taken = line > 0;
        Batch {
            plan,
            line,
            kind,
            given: tests.len(),
            tests,
            settled: 0,
        }
    }
}

impl Batch<'_> {
    /// The tests, the settled ones too.
    pub fn cases(&self) -> impl Iterator<Item = &'static TestCase> {
        self.tests.iter().map(|&(_, case)| case)
    }

    /// How many there are, the settled ones too.
    pub fn length(&self) -> usize {
        self.tests.len()
    }

    /// One of them.
    pub fn case(&self, place: usize) -> &'static TestCase {
        self.tests[place].1
    }

    /// How many of them are settled.
    pub fn settled(&self) -> usize {
        self.settled
    }

    /// The group, if they have one.
    pub fn group(&self) -> Option<&'static str> {
        self.tests.first().and_then(|(_, case)| case.group)
    }

    /// The worker that they need.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// These are the outcomes of the next ones, in order.
    pub fn settle(&mut self, outcomes: Vec<Outcome>) {
        let mut state = self.plan.lock();
        for outcome in outcomes {
            state.tests[self.tests[self.settled].0].stage = Stage::Ended(Box::new(outcome));
            self.settled += 1;
        }
        self.plan.notify(&state);
    }

    /// Leaves the worker so many tests, and others the rest.
    pub fn keep(&mut self, length: usize) {
        let mut state = self.plan.lock();
        for (test, _) in self.tests.drain(length..) {
            state.set_pending(test);
        }
        self.plan.notify(&state);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut state = self.plan.lock();
        state.together = if self.tests.len() == self.given {
            state.together.max(2 * self.given).min(TOGETHER_MAX)
        } else {
            self.tests.len()
        };
        for &(test, _) in &self.tests[self.settled..] {
            state.tests[test].stage = Stage::Ended(Box::new(Err("the thread that ran it has panicked".to_owned())));
        }
        state.lines[self.line].is_taken = false;
        self.plan.notify(&state);
    }
}
