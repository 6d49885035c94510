//! Conditions that limit a search and don't score: as queries, and as a check of single passages.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use tantivy::columnar::{Column, ColumnValues};
use tantivy::postings::SegmentPostings;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{BitSet, DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::from_tantivy;
use super::schema::{FIELDS, TIMESTAMP, URI};
use crate::error::Result;
use crate::index::Filter;

/// Passages looked at to learn how much a filter lets through.
const SAMPLES: u32 = 64;

type Range<T> = (Bound<T>, Bound<T>);

/// A filter over one segment.
pub struct Condition {
    /// Passages that have all tags.
    tagged: Option<BitSet>,
    uri: Option<(Column<u64>, Range<u64>)>,
    time: Option<(Arc<dyn ColumnValues<i64>>, Range<i64>)>,
}

impl Condition {
    /// None when nothing in the segment can pass.
    pub fn open(filter: &Filter, reader: &SegmentReader) -> Result<Option<Condition>> {
        let mut condition = Condition { tagged: None, uri: None, time: None };
        for tag in &filter.tags {
            let Some(mut with_tag) = postings(reader, tag)? else { return Ok(None) };
            let mut both = BitSet::with_max_value(reader.max_doc());
            while with_tag.doc() != TERMINATED {
                if condition.tagged.as_ref().is_none_or(|tagged| tagged.contains(with_tag.doc())) {
                    both.insert(with_tag.doc());
                }
                with_tag.advance();
            }
            condition.tagged = Some(both);
        }
        if let Some((from, to)) = filter.scope.as_deref().and_then(prefix_bounds) {
            let Some(uris) = reader.fast_fields().str(URI).map_err(from_tantivy)? else { return Ok(None) };
            let bounds = uris.dictionary().term_bounds_to_ord(from, to).map_err(|e| from_tantivy(e.into()))?;
            condition.uri = Some((uris.ords().clone(), bounds));
        }
        if filter.after_ms.is_some() || filter.before_ms.is_some() {
            let bound = |ms: Option<i64>| ms.map_or(Bound::Unbounded, Bound::Included);
            let times = reader.fast_fields().column_first_or_default::<i64>(TIMESTAMP).map_err(from_tantivy)?;
            condition.time = Some((times, (bound(filter.after_ms), bound(filter.before_ms))));
        }
        Ok(Some(condition))
    }

    pub fn passes(&self, doc: DocId) -> bool {
        self.time.as_ref().is_none_or(|(times, bounds)| bounds.contains(&times.get_val(doc)))
            && self.uri.as_ref().is_none_or(|(ords, bounds)| ords.first(doc).is_some_and(|ord| bounds.contains(&ord)))
            && self.tagged.as_ref().is_none_or(|tagged| tagged.contains(doc))
    }

    /// Whether of a sample of the segment's `documents` an eighth passes, the first of it in the first eighth. Without an
    /// early one, tantivy would score all that comes before, for want of a score to exceed.
    pub fn lets_much_through(&self, documents: u32) -> bool {
        let samples = documents.min(SAMPLES);
        let place = |sample: u32| (u64::from(sample) * u64::from(documents) / u64::from(samples)) as DocId;
        let mut passing = (0..samples).filter(|&sample| self.passes(place(sample)));
        passing.next().is_some_and(|first| first * 8 <= samples) && (passing.count() + 1) * 8 >= samples as usize
    }
}

fn postings(reader: &SegmentReader, tag: &str) -> Result<Option<SegmentPostings>> {
    let tags = reader.inverted_index(FIELDS.tag).map_err(from_tantivy)?;
    let term = Term::from_field_text(FIELDS.tag, tag);
    tags.read_postings(&term, IndexRecordOption::Basic).map_err(|e| from_tantivy(e.into()))
}

/// The conditions of a filter as a query that does not score; None without conditions.
pub fn as_query(filter: &Filter) -> Option<Box<dyn Query>> {
    let mut clauses: Vec<Box<dyn Query>> = filter.tags.iter().map(|tag| exact_tag(tag)).collect();
    clauses.extend(filter.scope.as_deref().filter(|scope| !scope.is_empty()).map(uri_prefix));
    if filter.after_ms.is_some() || filter.before_ms.is_some() {
        clauses.push(between(filter.after_ms, filter.before_ms));
    }
    (!clauses.is_empty()).then(|| unscored(BooleanQuery::intersection(clauses)))
}

fn unscored(query: impl Query) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), 0.0))
}

pub fn everything() -> Box<dyn Query> {
    unscored(AllQuery)
}

pub fn exact_tag(tag: &str) -> Box<dyn Query> {
    unscored(TermQuery::new(Term::from_field_text(FIELDS.tag, tag), IndexRecordOption::Basic))
}

/// Timestamps in milliseconds, both ends inclusive.
pub fn between(from_ms: Option<i64>, to_ms: Option<i64>) -> Box<dyn Query> {
    let bound = |ms: Option<i64>| ms.map_or(Bound::Unbounded, |ms| Bound::Included(Term::from_field_i64(FIELDS.timestamp, ms)));
    match (from_ms, to_ms) {
        (None, None) => everything(),
        _ => unscored(RangeQuery::new(bound(from_ms), bound(to_ms))),
    }
}

/// URIs with this prefix.
pub fn uri_prefix(prefix: &str) -> Box<dyn Query> {
    let term = |text: String| Term::from_field_text(FIELDS.uri, &text);
    match prefix_bounds(prefix) {
        Some((from, to)) => unscored(RangeQuery::new(from.map(term), to.map(term))),
        None => everything(),
    }
}

/// From the prefix up to its successor, as UTF-8 sorts like code points; None for the empty prefix.
fn prefix_bounds(prefix: &str) -> Option<Range<String>> {
    let end = successor(prefix).map_or(Bound::Unbounded, Bound::Excluded);
    (!prefix.is_empty()).then(|| (Bound::Included(prefix.to_string()), end))
}

/// The least string that is greater than everything that begins with `prefix`; None when there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut head = prefix.to_string();
    while let Some(last) = head.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            head.push(next);
            return Some(head);
        }
    }
    None
}
