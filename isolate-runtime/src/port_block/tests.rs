use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader},
    process::{self, Command, Stdio},
};

use super::*;

/// Tells [`child_leases`] that it is the child of another test, and for which slot to lease.
const CHILD: &str = "ISOLATE_UNIT_TEST_SLOT";

fn bases(ephemeral: RangeInclusive<u16>) -> Vec<u16> {
    blocks(ephemeral).into_iter().map(PortRange::base).collect()
}

#[test]
fn lays_blocks_out_from_5000_around_the_ephemeral_ports() {
    let usual = bases(32768..=60999);
    assert_eq!(usual[..3], [5000, 5100, 5200]);
    assert!(usual.contains(&32600) && !usual.contains(&32700) && !usual.contains(&60900) && usual.contains(&61000));
    assert_eq!(usual.last(), Some(&65400));

    assert_eq!(bases(5150..=20000)[..3], [5000, 20100, 20200]);
    let everything = bases(1024..=65535);
    assert_eq!(
        (everything[0], everything.len()),
        (5000, 605),
        "all ports are ephemeral: then all serve"
    );
}

#[test]
fn counts_a_hundred_ports_from_the_base_and_never_beyond_the_last() {
    let ports = PortRange::new(5100).ports();
    assert_eq!((*ports.start(), *ports.end(), ports.count()), (5100, 5199, 100));
    assert_eq!(PortRange::new(65500).ports(), 65436..=65535);
}

#[test]
fn leases_every_block_to_one_holder() {
    let leases: Vec<_> = (0..20).map(|_| PortBlock::lease(Some(250)).unwrap()).collect();
    let bases: BTreeSet<_> = leases.iter().map(|lease| lease.range().base()).collect();
    assert_eq!(bases.len(), 20);
}

#[test]
fn a_lease_ends_with_its_process_and_names_it_until_then() {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "port_block::tests::child_leases", "--ignored", "--nocapture"])
        .env(CHILD, "230")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let base = output
        .lines()
        .find_map(|line| Some(line.unwrap().split_once("base=")?.1.to_owned()))
        .unwrap();
    let block = PortRange::new(base.parse().unwrap());

    let mine = PortBlock::lease(Some(230)).unwrap();
    assert_ne!(mine.range(), block);
    let found = holder(block);
    assert_eq!(found.pid, Some(child.id()));
    assert!(found.command.contains("child_leases"), "{found}");

    child.kill().unwrap();
    child.wait().unwrap();
    assert_ne!(holder(block).pid, Some(child.id()));
}

#[test]
#[ignore = "the child process of another test"]
fn child_leases() {
    let Ok(slot) = env::var(CHILD) else { return };
    let lease = PortBlock::lease(slot.parse().ok()).unwrap();
    println!("base={}", lease.range().base());
    // Until the parent kills us, or is gone.
    let _ = std::io::stdin().lines().count();
}

#[test]
fn names_the_holders_when_all_blocks_are_taken() {
    let leases: Vec<_> = (0..3).map(|_| PortBlock::lease(Some(210)).unwrap()).collect();
    let blocks: Vec<_> = leases.iter().map(PortBlock::range).collect();
    let error = taken(&blocks).to_string();
    let me = Holder::of(process::id());
    assert_eq!(
        error,
        format!(
            "all 3 blocks of 100 ports are leased on this machine\n  3 by {me}\n\
             end the test runs that you don't need, or run with fewer test threads"
        )
    );
    assert!(!me.command.is_empty());
}

#[test]
fn asking_for_a_holder_never_waits() {
    let lease = PortBlock::lease(Some(190)).unwrap();
    let name = name(lease.range());
    // Nobody accepts, so the queue of the lease's socket gets full long before that.
    let answers: BTreeSet<_> = (0..10_000).map(|_| peer(&name)).collect();
    assert_eq!(answers, [None, Some(process::id())].into());
}
