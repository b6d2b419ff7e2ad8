//! Strongly connected components of a graph, by Tarjan's algorithm without recursion.
//!
//! In: nodes `0..n` and their successors. Out: each component once, after those that it leads to; of its members, the last one
//! found comes first. Linear.

/// Calls `found` with each component that the roots reach. `successors` appends a node's successors to the list that it gets.
pub fn components(
    n: usize,
    roots: impl IntoIterator<Item = usize>,
    mut successors: impl FnMut(usize, &mut Vec<usize>),
    mut found: impl FnMut(&[usize]),
) {
    // 0: not seen yet.
    let mut index = vec![0u32; n];
    let mut low = vec![0u32; n];
    let mut on_stack = vec![false; n];
    let mut stack = Vec::new();
    let mut next = 0;
    // The nodes on the current path, each with where its successors begin in `edges` and which comes next.
    let mut path: Vec<(usize, usize, usize)> = Vec::new();
    let mut edges = Vec::new();
    for root in roots {
        let mut enter = (index[root] == 0).then_some(root);
        loop {
            if let Some(v) = enter.take() {
                next += 1;
                (index[v], low[v], on_stack[v]) = (next, next, true);
                stack.push(v);
                let begin = edges.len();
                successors(v, &mut edges);
                path.push((v, begin, begin));
            }
            let Some((v, begin, at)) = path.last_mut() else { break };
            let (v, begin) = (*v, *begin);
            if let Some(&s) = edges.get(*at) {
                *at += 1;
                if index[s] == 0 {
                    enter = Some(s);
                } else if on_stack[s] {
                    low[v] = low[v].min(index[s]);
                }
                continue;
            }
            path.pop();
            edges.truncate(begin);
            if let Some((p, ..)) = path.last() {
                low[*p] = low[*p].min(low[v]);
            }
            if low[v] == index[v] {
                let start =
                    stack.iter().rposition(|&x| x == v).expect("the root of a component is on the stack");
                stack[start..].reverse();
                for &m in &stack[start..] {
                    on_stack[m] = false;
                }
                found(&stack[start..]);
                stack.truncate(start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn components_come_after_what_they_lead_to() {
        // 0 -> 1 -> 2 -> 1, 2 -> 3, 4 -> 4; 5 alone.
        let edges = [vec![1], vec![2], vec![1, 3], vec![], vec![4], vec![]];
        let mut all = Vec::new();
        components(6, 0..6, |v, out| out.extend(&edges[v]), |c| all.push(c.to_vec()));
        assert_eq!(all, [vec![3], vec![2, 1], vec![0], vec![4], vec![5]]);
        let mut reached = Vec::new();
        components(6, [2], |v, out| out.extend(&edges[v]), |c| reached.push(c.to_vec()));
        assert_eq!(reached, [vec![3], vec![1, 2]]);
    }
}
