//! Where each array of a vector segment lies. Everything follows from the dimension and the number of rows.

use std::ops::Range;

use super::precision::Precision;
use crate::error::{Code, Error, Result};

/// Most components a vector may have.
pub const MAX_DIM: usize = 4096;

/// Arrays start, and rows of codes repeat, at multiples of this: a cache line, and the widest SIMD register.
pub(super) const ALIGN: usize = 64;

pub(super) const MAGIC: [u8; 4] = *b"MV2V";
/// Layout without lists, with them, and with a graph or vectors that are kept less finely, with or without lists.
pub(super) const VERSION: u16 = 1;
pub(super) const VERSION_LISTS: u16 = 2;
pub(super) const VERSION_GRAPH: u16 = 3;
pub(super) const METRIC_COSINE: u8 = 1;

const MAGIC_AT: usize = 0;
const VERSION_AT: usize = MAGIC_AT + MAGIC.len();
const METRIC_AT: usize = VERSION_AT + size_of::<u16>();
/// Zero but in layout 3.
const PRECISION_AT: usize = METRIC_AT + size_of::<u8>();
const DIM_AT: usize = PRECISION_AT + size_of::<u8>();
const STRIDE_AT: usize = DIM_AT + size_of::<u32>();
const COUNT_AT: usize = STRIDE_AT + size_of::<u32>();
const PASSAGES_AT: usize = COUNT_AT + size_of::<u64>();
const SCALES_AT: usize = PASSAGES_AT + size_of::<u64>();
const RESIDUALS_AT: usize = SCALES_AT + size_of::<u64>();
const CODES_AT: usize = RESIDUALS_AT + size_of::<u64>();
const ROWS_AT: usize = CODES_AT + size_of::<u64>();
const LENGTH_AT: usize = ROWS_AT + size_of::<u64>();
/// In layout 1 the writer's name follows; layouts 2 and 3 have these fields first.
const LISTS_AT: usize = LENGTH_AT + size_of::<u64>();
const RESERVED2_AT: usize = LISTS_AT + size_of::<u32>();
const ORDER_AT: usize = RESERVED2_AT + size_of::<u32>();
const ENDS_AT: usize = ORDER_AT + size_of::<u64>();
const CENTROID_SCALES_AT: usize = ENDS_AT + size_of::<u64>();
const CENTROIDS_AT: usize = CENTROID_SCALES_AT + size_of::<u64>();
const WRITER_AT: usize = LISTS_AT;
const WRITER_AFTER_LISTS_AT: usize = CENTROIDS_AT + size_of::<u64>();
/// And layout 3 these, too.
const DEGREE_AT: usize = CENTROIDS_AT + size_of::<u64>();
const RESERVED3_AT: usize = DEGREE_AT + size_of::<u32>();
const SLOTS_AT: usize = RESERVED3_AT + size_of::<u32>();
const STEPS_AT: usize = SLOTS_AT + size_of::<u64>();
const NEIGHBOURS_AT: usize = STEPS_AT + size_of::<u64>();
const WRITER_AFTER_GRAPH_AT: usize = NEIGHBOURS_AT + size_of::<u64>();
pub(super) const HEADER_BYTES: usize = 128;
pub(super) const GRAPH_HEADER_BYTES: usize = 192;
const _: () = assert!(WRITER_AT == 72 && WRITER_AFTER_LISTS_AT == 112 && WRITER_AFTER_GRAPH_AT == 144);
const _: () = assert!(HEADER_BYTES.is_multiple_of(ALIGN) && GRAPH_HEADER_BYTES.is_multiple_of(ALIGN));

/// Name and version of this writer, as they stand in the header.
pub(super) const WRITER: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
const _: () = assert!(WRITER.len() <= HEADER_BYTES - WRITER_AFTER_LISTS_AT);

pub(super) const PASSAGE_BYTES: usize = 16;

/// Most neighbours of a row in a graph.
pub(super) const MAX_DEGREE: usize = 256;

/// What a segment is made of; where its arrays lie follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub dim: usize,
    pub count: usize,
    pub precision: Precision,
    /// Number of lists; 0: none.
    pub lists: usize,
    /// Places for neighbours of each row; 0: there is no graph.
    pub degree: usize,
}

impl Shape {
    /// Vectors as they were given, in the order of their passages.
    pub fn plain(dim: usize, count: usize) -> Shape {
        Shape { dim, count, precision: Precision::F32, lists: 0, degree: 0 }
    }

    fn version(self) -> u16 {
        match (self.precision, self.degree, self.lists) {
            (Precision::F32, 0, 0) => VERSION,
            (Precision::F32, 0, _) => VERSION_LISTS,
            _ => VERSION_GRAPH,
        }
    }

    fn header_bytes(self) -> usize {
        if self.version() == VERSION_GRAPH { GRAPH_HEADER_BYTES } else { HEADER_BYTES }
    }
}

/// Byte ranges of a segment's arrays, counted from its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub shape: Shape,
    /// Bytes from one row of codes to the next.
    pub stride: usize,
    pub passages: Range<usize>,
    pub scales: Range<usize>,
    pub residuals: Range<usize>,
    pub codes: Range<usize>,
    /// The vectors, in f32 or f16; empty where the codes are the vectors.
    pub rows: Range<usize>,
    /// Empty without lists, as the next three.
    pub order: Range<usize>,
    pub ends: Range<usize>,
    pub centroid_scales: Range<usize>,
    pub centroids: Range<usize>,
    /// The slot of each row and what a code is worth, where the codes are the vectors; the former with lists only.
    pub slots: Range<usize>,
    pub steps: Range<usize>,
    pub neighbours: Range<usize>,
}

impl Layout {
    /// `None` when a number is out of range, or the segment would not fit the address space.
    pub fn of(shape: Shape) -> Option<Layout> {
        let Shape { dim, count, precision, lists, degree } = shape;
        let is_listed = lists > 0;
        if dim == 0 || dim > MAX_DIM || count == 0 || lists > count || degree > MAX_DEGREE {
            return None;
        }
        if ((is_listed || degree > 0) && u32::try_from(count).is_err()) || (degree > 0 && !is_listed) {
            return None;
        }
        let listed = |count: usize| if is_listed { count } else { 0 };
        let coded = |count: usize| if precision == Precision::I8 { count } else { 0 };
        let stride = dim.next_multiple_of(ALIGN);
        let passages = array_after(shape.header_bytes(), count, PASSAGE_BYTES)?;
        let scales = array_after(passages.end, count, size_of::<f32>())?;
        let residuals = array_after(scales.end, count, size_of::<f32>())?;
        let codes = array_after(residuals.end, count, stride)?;
        let rows = array_after(codes.end, count, dim * precision.item_bytes())?;
        let order = array_after(rows.end, listed(count), size_of::<u32>())?;
        let ends = array_after(order.end, lists, size_of::<u32>())?;
        let centroid_scales = array_after(ends.end, lists, size_of::<f32>())?;
        let centroids = array_after(centroid_scales.end, lists, stride)?;
        let slots = array_after(centroids.end, coded(listed(count)), size_of::<u32>())?;
        let steps = array_after(slots.end, coded(count), size_of::<f32>())?;
        let neighbours = array_after(steps.end, count, degree * size_of::<u32>())?;
        // Rust promises slices of at most isize::MAX bytes, and so must we.
        isize::try_from(neighbours.end).ok()?;
        Some(Layout {
            shape,
            stride,
            passages,
            scales,
            residuals,
            codes,
            rows,
            order,
            ends,
            centroid_scales,
            centroids,
            slots,
            steps,
            neighbours,
        })
    }

    /// Length of the whole segment in bytes.
    pub fn len(&self) -> usize {
        match self.shape.version() {
            VERSION => self.rows.end,
            VERSION_LISTS => self.centroids.end,
            _ => self.neighbours.end,
        }
    }

    pub fn header_bytes(&self) -> usize {
        self.shape.header_bytes()
    }

    /// The arrays in their order.
    pub fn arrays(&self) -> Vec<&Range<usize>> {
        let mut arrays = vec![&self.passages, &self.scales, &self.residuals, &self.codes, &self.rows];
        let version = self.shape.version();
        if version != VERSION {
            arrays.extend([&self.order, &self.ends, &self.centroid_scales, &self.centroids]);
        }
        if version == VERSION_GRAPH {
            arrays.extend([&self.slots, &self.steps, &self.neighbours]);
        }
        arrays
    }

    /// The bytes of one vector.
    pub fn row(&self, row: usize) -> Range<usize> {
        let bytes = self.shape.dim * self.shape.precision.item_bytes();
        let start = self.rows.start + row * bytes;
        start..start + bytes
    }

    pub fn header(&self) -> Vec<u8> {
        let shape = self.shape;
        let mut header = vec![0u8; self.header_bytes()];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(MAGIC_AT, &MAGIC);
        put(VERSION_AT, &shape.version().to_le_bytes());
        put(METRIC_AT, &[METRIC_COSINE]);
        put(PRECISION_AT, &[shape.precision.number()]);
        put(DIM_AT, &(shape.dim as u32).to_le_bytes());
        put(STRIDE_AT, &(self.stride as u32).to_le_bytes());
        put(COUNT_AT, &(shape.count as u64).to_le_bytes());
        if shape.version() != VERSION {
            put(LISTS_AT, &(shape.lists as u32).to_le_bytes());
        }
        if shape.version() == VERSION_GRAPH {
            put(DEGREE_AT, &(shape.degree as u32).to_le_bytes());
        }
        for (at, value) in self.offsets() {
            put(at, &(value as u64).to_le_bytes());
        }
        put(self.writer().start, WRITER.as_bytes());
        header
    }

    /// Reads a header, of which `start` is at least all. The offsets in it must be the ones that follow from its numbers: arrays can then
    /// neither overlap nor reach past `segment_bytes`.
    pub fn parse(start: &[u8], segment_bytes: usize) -> Result<Layout> {
        if start.len() < HEADER_BYTES {
            return Err(corrupt(format!("a header of {HEADER_BYTES} bytes expected, {} bytes found", start.len())));
        }
        if start[MAGIC_AT..VERSION_AT] != MAGIC {
            return Err(corrupt("not a vector segment: wrong magic".into()));
        }
        let version = u16::from_le_bytes([start[VERSION_AT], start[VERSION_AT + 1]]);
        if !(VERSION..=VERSION_GRAPH).contains(&version) {
            let message = format!("vector segment of layout {version}, this version reads layouts {VERSION} to {VERSION_GRAPH}");
            return Err(Error::new(Code::Unsupported, message).hint("use a newer version, or rebuild the vector index from the frames"));
        }
        if start[METRIC_AT] != METRIC_COSINE {
            return Err(Error::new(Code::Unsupported, format!("vector segment of metric {}, known is {METRIC_COSINE}", start[METRIC_AT])));
        }
        if version == VERSION_GRAPH && start.len() < GRAPH_HEADER_BYTES {
            return Err(corrupt(format!("a header of {GRAPH_HEADER_BYTES} bytes expected, {} bytes found", start.len())));
        }
        let number = |at: usize, from: u16| if version >= from { read_u32(start, at) as usize } else { 0 };
        let (dim, count) = (read_u32(start, DIM_AT) as usize, read_u64(start, COUNT_AT));
        let (lists, degree) = (number(LISTS_AT, VERSION_LISTS), number(DEGREE_AT, VERSION_GRAPH));
        let precision = Precision::from_number(u64::from(start[PRECISION_AT]));
        let shape = usize::try_from(count).ok().zip(precision);
        let shape =
            shape.map(|(count, precision)| Shape { dim, count, precision, lists, degree }).filter(|shape| shape.version() == version);
        let Some(layout) = shape.and_then(Layout::of) else {
            let kept = start[PRECISION_AT];
            let graph = format!("{lists} lists and {degree} neighbours");
            return Err(corrupt(format!("{count} vectors of {dim} components kept as {kept} with {graph}, layout {version}")));
        };
        if layout.len() != segment_bytes {
            let needed = layout.len();
            return Err(corrupt(format!("{count} vectors of {dim} components take {needed} bytes, the segment has {segment_bytes}")));
        }
        let reserved = number(RESERVED2_AT, VERSION_LISTS) | number(RESERVED3_AT, VERSION_GRAPH);
        if reserved != 0 || read_u32(start, STRIDE_AT) as usize != layout.stride {
            return Err(corrupt(format!("row stride {} expected, {} found", layout.stride, read_u32(start, STRIDE_AT))));
        }
        for (at, expected) in layout.offsets() {
            let found = read_u64(start, at);
            if found != expected as u64 {
                return Err(corrupt(format!("offset {expected} expected at byte {at} of the header, {found} found")));
            }
        }
        Ok(layout)
    }

    /// Where the writer's name stands in the header.
    pub fn writer(&self) -> Range<usize> {
        let start = match self.shape.version() {
            VERSION => WRITER_AT,
            VERSION_LISTS => WRITER_AFTER_LISTS_AT,
            _ => WRITER_AFTER_GRAPH_AT,
        };
        start..self.header_bytes()
    }

    fn offsets(&self) -> Vec<(usize, usize)> {
        let mut offsets = vec![
            (PASSAGES_AT, self.passages.start),
            (SCALES_AT, self.scales.start),
            (RESIDUALS_AT, self.residuals.start),
            (CODES_AT, self.codes.start),
            (ROWS_AT, self.rows.start),
            (LENGTH_AT, self.len()),
        ];
        let version = self.shape.version();
        if version != VERSION {
            offsets.extend([
                (ORDER_AT, self.order.start),
                (ENDS_AT, self.ends.start),
                (CENTROID_SCALES_AT, self.centroid_scales.start),
                (CENTROIDS_AT, self.centroids.start),
            ]);
        }
        if version == VERSION_GRAPH {
            offsets.extend([(SLOTS_AT, self.slots.start), (STEPS_AT, self.steps.start), (NEIGHBOURS_AT, self.neighbours.start)]);
        }
        offsets
    }
}

pub(super) fn corrupt(message: String) -> Error {
    Error::new(Code::Corrupt, format!("vector segment: {message}")).hint("run `memvid verify`; vectors can be rebuilt from the frames")
}

fn array_after(end: usize, count: usize, item_bytes: usize) -> Option<Range<usize>> {
    let start = end.checked_next_multiple_of(ALIGN)?;
    Some(start..start.checked_add(count.checked_mul(item_bytes)?)?)
}

fn read_u32(header: &[u8], at: usize) -> u32 {
    let mut bytes = [0u8; 4];
    bytes.copy_from_slice(&header[at..at + 4]);
    u32::from_le_bytes(bytes)
}

fn read_u64(header: &[u8], at: usize) -> u64 {
    let mut bytes = [0u8; 8];
    bytes.copy_from_slice(&header[at..at + 8]);
    u64::from_le_bytes(bytes)
}
