//! The work of a plan in parts of equal size. Never depends on anything but the plan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::plan::{Plan, Shard, Work};

/// What a release costs beside its artifact's size, in bytes: asking, and starting.
const EACH: u64 = 200_000;
/// What an artifact of unknown size counts for.
const UNKNOWN: u64 = 1_000_000;

/// The part of a shard, in the plan's order. All parts together are the work, each release once.
pub fn part(plan: &Plan, shard: Shard) -> Vec<&Work> {
    let cost = |at: usize| plan.work[at].size.unwrap_or(UNKNOWN) + EACH;
    // The largest first, each to whom has least so far.
    let mut order: Vec<usize> = (0..plan.work.len()).collect();
    order.sort_by_key(|at| (Reverse(cost(*at)), *at));
    let mut loads: BinaryHeap<Reverse<(u64, usize)>> =
        (1..=shard.of).map(|number| Reverse((0, number))).collect();
    let mut mine = Vec::new();
    for at in order {
        let Some(Reverse((load, number))) = loads.pop() else {
            break;
        };
        if number == shard.number {
            mine.push(at);
        }
        loads.push(Reverse((load + cost(at), number)));
    }
    mine.sort_unstable();
    mine.into_iter().map(|at| &plan.work[at]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plan::{Why, name};
    use super::*;

    fn plan(sizes: &[Option<u64>]) -> Plan {
        let mut plan = Plan::new(String::new(), 1);
        plan.work = sizes
            .iter()
            .enumerate()
            .map(|(at, size)| Work {
                package: name("a").unwrap(),
                release: format!("{at}.0"),
                artifact: String::new(),
                size: *size,
                sdist: false,
                why: Why::New,
            })
            .collect();
        plan
    }

    fn load(part: &[&Work]) -> u64 {
        part.iter().map(|work| work.size.unwrap_or(UNKNOWN) + EACH).sum()
    }

    #[test]
    fn a_large_artifact_is_alone() {
        let plan = plan(&[Some(1_000), Some(90_000_000), Some(2_000), None]);
        let releases = |number| -> Vec<&str> {
            part(&plan, Shard { number, of: 2 })
                .iter()
                .map(|work| work.release.as_str())
                .collect()
        };
        assert_eq!(
            (releases(1), releases(2)),
            (vec!["1.0"], vec!["0.0", "2.0", "3.0"])
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_release_is_in_one_part_and_the_parts_are_even(sizes in prop::collection::vec(prop::option::of(0..50_000_000_u64), 0..60), of in 1..9_usize) {
            let plan = plan(&sizes);
            let parts: Vec<Vec<&Work>> = (1..=of).map(|number| part(&plan, Shard { number, of })).collect();
            let mut all: Vec<&str> = parts.iter().flatten().map(|work| work.release.as_str()).collect();
            all.sort_unstable();
            let mut wanted: Vec<&str> = plan.work.iter().map(|work| work.release.as_str()).collect();
            wanted.sort_unstable();
            prop_assert_eq!(all, wanted);
            let loads: Vec<u64> = parts.iter().map(|part| load(part)).collect();
            let (most, least) = (loads.iter().max().unwrap(), loads.iter().min().unwrap());
            // What is between two parts is at most the last release that the fuller one got.
            let largest = plan.work.iter().map(|work| work.size.unwrap_or(UNKNOWN) + EACH).max().unwrap_or(0);
            prop_assert!(most - least <= largest);
        }
    }
}
