//! A query as a tree. tantivy searches with it; the scores that are handed out are summed here, in the order of the query.
//!
//! tantivy adds up a passage's score in an order that depends on the other passages and on how the index is cut into
//! segments, so that the last bits vary. A sum in a fixed order does not.

use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query, Scorer, Weight};
use tantivy::{DocId, SegmentReader};

use super::from_tantivy;
use crate::error::Result;

pub enum Node {
    Leaf(Box<dyn Query>),
    /// All of `must`, none of `not`, at least `required` of `should`.
    Group {
        must: Vec<Node>,
        should: Vec<Node>,
        not: Vec<Node>,
        required: usize,
    },
}

impl Node {
    pub fn to_query(&self) -> Box<dyn Query> {
        match self {
            Node::Leaf(query) => query.box_clone(),
            Node::Group { must, should, not, required } => {
                let clauses = |occur: Occur, nodes: &[Node]| nodes.iter().map(|node| (occur, node.to_query())).collect::<Vec<_>>();
                let mut all = clauses(Occur::Must, must);
                all.extend(clauses(Occur::Should, should));
                all.extend(clauses(Occur::MustNot, not));
                Box::new(BooleanQuery::with_minimum_required_clauses(all, *required))
            }
        }
    }

    pub fn leaf_count(&self) -> usize {
        match self {
            Node::Leaf(_) => 1,
            Node::Group { must, should, not, .. } => must.iter().chain(should).chain(not).map(Node::leaf_count).sum(),
        }
    }

    /// The tree with the statistics of all segments.
    pub fn weigh(&self, scoring: EnableScoring<'_>) -> Result<Weighed> {
        Ok(match self {
            Node::Leaf(query) => Tree::Leaf(query.weight(scoring).map_err(from_tantivy)?),
            Node::Group { must, should, not, required } => {
                let all = |nodes: &[Node]| nodes.iter().map(|node| node.weigh(scoring)).collect::<Result<Vec<_>>>();
                Tree::Group { must: all(must)?, should: all(should)?, not: all(not)?, required: *required }
            }
        })
    }
}

pub enum Tree<T> {
    Leaf(T),
    Group { must: Vec<Tree<T>>, should: Vec<Tree<T>>, not: Vec<Tree<T>>, required: usize },
}

pub type Weighed = Tree<Box<dyn Weight>>;
pub type Opened = Tree<Box<dyn Scorer>>;

impl Weighed {
    /// The tree over one segment, before its first passage.
    pub fn open(&self, reader: &SegmentReader) -> Result<Opened> {
        Ok(match self {
            Tree::Leaf(weight) => Tree::Leaf(weight.scorer(reader, 1.0).map_err(from_tantivy)?),
            Tree::Group { must, should, not, required } => {
                let all = |nodes: &[Weighed]| nodes.iter().map(|node| node.open(reader)).collect::<Result<Vec<_>>>();
                Tree::Group { must: all(must)?, should: all(should)?, not: all(not)?, required: *required }
            }
        })
    }
}

impl Opened {
    /// The score of `doc`; None when it does not match. To be called with ascending documents.
    pub fn score(&mut self, doc: DocId) -> Option<f64> {
        match self {
            Tree::Leaf(scorer) => {
                if scorer.doc() < doc {
                    scorer.seek(doc);
                }
                (scorer.doc() == doc).then(|| f64::from(scorer.score()))
            }
            Tree::Group { must, should, not, required } => {
                let mut sum = 0.0;
                for node in must {
                    sum += node.score(doc)?;
                }
                if not.iter_mut().any(|node| node.score(doc).is_some()) {
                    return None;
                }
                let mut matched = 0;
                for score in should.iter_mut().filter_map(|node| node.score(doc)) {
                    sum += score;
                    matched += 1;
                }
                (matched >= *required).then_some(sum)
            }
        }
    }
}
