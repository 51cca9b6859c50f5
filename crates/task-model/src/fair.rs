//! Fair shares of free places among tenants: deficit round robin (Shreedhar and Varghese, 1995), where every run costs one.

use std::collections::BTreeMap;

use crate::TenantId;

/// Who has how much left of the current round.
#[derive(Debug, Clone, Default)]
pub struct Shares {
    left: BTreeMap<TenantId, u64>,
    next: Option<TenantId>,
}

impl Shares {
    /// Divides `room` among tenants that wait, in rounds of `weight` places each. A round that does not fit is gone on with the
    /// next time; who does not wait any more keeps nothing.
    pub fn grant(
        &mut self,
        waiting: &[TenantId],
        room: usize,
        weight: impl Fn(&TenantId) -> u64,
    ) -> Vec<(TenantId, usize)> {
        self.left.retain(|tenant, _| waiting.contains(tenant));
        let mut order: Vec<&TenantId> = waiting.iter().collect();
        order.sort_unstable();
        order.dedup();
        let first = self.next.as_ref().map_or(0, |next| order.partition_point(|tenant| *tenant < next));
        let len = order.len();
        order.rotate_left(if len == 0 { 0 } else { first % len });
        let mut granted: Vec<(TenantId, usize)> = order.iter().map(|tenant| ((*tenant).clone(), 0)).collect();
        let mut room = u64::try_from(room).unwrap_or(u64::MAX);
        while room > 0 && !granted.is_empty() {
            for (tenant, places) in &mut granted {
                let left = self.left.entry(tenant.clone()).or_insert(0);
                if *left == 0 {
                    *left = weight(tenant).max(1);
                }
                let taken = (*left).min(room);
                *left -= taken;
                room -= taken;
                *places += usize::try_from(taken).unwrap_or(usize::MAX);
                if room == 0 {
                    self.next = Some(tenant.clone());
                    // A round that is used up begins anew, with the tenant after this one.
                    if *left == 0 {
                        self.next = after(&order, tenant);
                    }
                    break;
                }
            }
        }
        granted.retain(|(_, places)| *places > 0);
        granted
    }
}

fn after(order: &[&TenantId], tenant: &TenantId) -> Option<TenantId> {
    let place = order.iter().position(|known| *known == tenant)?;
    order.get((place + 1) % order.len()).map(|next| (*next).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(names: &[&str]) -> Vec<TenantId> {
        names.iter().map(|name| TenantId::parse(*name).unwrap()).collect()
    }

    /// What everybody got after `turns` turns with `room` places each.
    fn totals(names: &[&str], room: usize, turns: usize, weight: fn(&TenantId) -> u64) -> Vec<usize> {
        let (mut shares, waiting) = (Shares::default(), tenants(names));
        let mut totals: BTreeMap<TenantId, usize> = waiting.iter().map(|t| (t.clone(), 0)).collect();
        for _ in 0..turns {
            let granted = shares.grant(&waiting, room, weight);
            assert_eq!(granted.iter().map(|(_, places)| places).sum::<usize>(), room, "no place is wasted");
            for (tenant, places) in granted {
                *totals.entry(tenant).or_default() += places;
            }
        }
        totals.into_values().collect()
    }

    #[test]
    fn equal_tenants_get_equal_shares_however_little_room_there_is() {
        for room in [1, 2, 3, 7] {
            assert_eq!(totals(&["a", "b", "c"], room, 300, |_| 1), [100 * room; 3]);
        }
    }

    #[test]
    fn weights_are_kept_across_turns() {
        let weight = |tenant: &TenantId| if tenant.as_str() == "a" { 3 } else { 1 };
        assert_eq!(totals(&["a", "b"], 1, 400, weight), [300, 100]);
        assert_eq!(totals(&["a", "b"], 5, 400, weight), [1_500, 500]);
    }

    #[test]
    fn who_waits_alone_gets_everything_and_saves_nothing_up() {
        let mut shares = Shares::default();
        assert_eq!(shares.grant(&tenants(&["a"]), 9, |_| 1), [(tenants(&["a"]).remove(0), 9)]);
        let both = shares.grant(&tenants(&["a", "b"]), 8, |_| 1);
        assert_eq!(both.iter().map(|(_, places)| *places).collect::<Vec<_>>(), [4, 4]);
        assert!(shares.grant(&[], 5, |_| 1).is_empty());
    }
}
