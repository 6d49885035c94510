//! Where each array of a vector segment lies. Everything follows from the dimension and the number of rows.

use std::ops::Range;

use crate::error::{Code, Error, Result};

/// Most components a vector may have.
pub const MAX_DIM: usize = 4096;

/// Arrays start, and rows of codes repeat, at multiples of this: a cache line, and the widest SIMD register.
pub(super) const ALIGN: usize = 64;

pub(super) const MAGIC: [u8; 4] = *b"MV2V";
/// Layout without lists, and with them.
pub(super) const VERSION: u16 = 1;
pub(super) const VERSION_LISTS: u16 = 2;
pub(super) const METRIC_COSINE: u8 = 1;

const MAGIC_AT: usize = 0;
const VERSION_AT: usize = MAGIC_AT + MAGIC.len();
const METRIC_AT: usize = VERSION_AT + size_of::<u16>();
const RESERVED_AT: usize = METRIC_AT + size_of::<u8>();
const DIM_AT: usize = RESERVED_AT + size_of::<u8>();
const STRIDE_AT: usize = DIM_AT + size_of::<u32>();
const COUNT_AT: usize = STRIDE_AT + size_of::<u32>();
const PASSAGES_AT: usize = COUNT_AT + size_of::<u64>();
const SCALES_AT: usize = PASSAGES_AT + size_of::<u64>();
const RESIDUALS_AT: usize = SCALES_AT + size_of::<u64>();
const CODES_AT: usize = RESIDUALS_AT + size_of::<u64>();
const ROWS_AT: usize = CODES_AT + size_of::<u64>();
const LENGTH_AT: usize = ROWS_AT + size_of::<u64>();
/// In layout 1 the writer's name follows; layout 2 has these fields first.
const LISTS_AT: usize = LENGTH_AT + size_of::<u64>();
const RESERVED2_AT: usize = LISTS_AT + size_of::<u32>();
const ORDER_AT: usize = RESERVED2_AT + size_of::<u32>();
const ENDS_AT: usize = ORDER_AT + size_of::<u64>();
const CENTROID_SCALES_AT: usize = ENDS_AT + size_of::<u64>();
const CENTROIDS_AT: usize = CENTROID_SCALES_AT + size_of::<u64>();
const WRITER_AT: usize = LISTS_AT;
const WRITER_AFTER_LISTS_AT: usize = CENTROIDS_AT + size_of::<u64>();
pub(super) const HEADER_BYTES: usize = 128;
const _: () = assert!(WRITER_AT == 72 && WRITER_AFTER_LISTS_AT == 112 && HEADER_BYTES.is_multiple_of(ALIGN));

/// Name and version of this writer, as they stand in the header.
pub(super) const WRITER: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
const _: () = assert!(WRITER.len() <= HEADER_BYTES - WRITER_AFTER_LISTS_AT);

pub(super) const PASSAGE_BYTES: usize = 16;

/// Byte ranges of a segment's arrays, counted from its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub dim: usize,
    pub count: usize,
    /// Bytes from one row of codes to the next.
    pub stride: usize,
    pub passages: Range<usize>,
    pub scales: Range<usize>,
    pub residuals: Range<usize>,
    pub codes: Range<usize>,
    pub rows: Range<usize>,
    /// Number of lists; 0 where all rows are scanned, and then the arrays below are empty.
    pub lists: usize,
    pub order: Range<usize>,
    pub ends: Range<usize>,
    pub centroid_scales: Range<usize>,
    pub centroids: Range<usize>,
}

impl Layout {
    /// `None` when the dimension or count is out of range, or the segment would not fit the address space.
    pub fn of(dim: usize, count: usize, lists: usize) -> Option<Layout> {
        if dim == 0 || dim > MAX_DIM || count == 0 || lists > count || (lists > 0 && u32::try_from(count).is_err()) {
            return None;
        }
        let stride = dim.next_multiple_of(ALIGN);
        let passages = array_after(HEADER_BYTES, count, PASSAGE_BYTES)?;
        let scales = array_after(passages.end, count, size_of::<f32>())?;
        let residuals = array_after(scales.end, count, size_of::<f32>())?;
        let codes = array_after(residuals.end, count, stride)?;
        let rows = array_after(codes.end, count, dim * size_of::<f32>())?;
        let order = array_after(rows.end, if lists > 0 { count } else { 0 }, size_of::<u32>())?;
        let ends = array_after(order.end, lists, size_of::<u32>())?;
        let centroid_scales = array_after(ends.end, lists, size_of::<f32>())?;
        let centroids = array_after(centroid_scales.end, lists, stride)?;
        // Rust promises slices of at most isize::MAX bytes, and so must we.
        isize::try_from(centroids.end).ok()?;
        Some(Layout { dim, count, stride, passages, scales, residuals, codes, rows, lists, order, ends, centroid_scales, centroids })
    }

    /// Length of the whole segment in bytes.
    pub fn len(&self) -> usize {
        if self.lists > 0 { self.centroids.end } else { self.rows.end }
    }

    /// The arrays in their order.
    pub fn arrays(&self) -> Vec<&Range<usize>> {
        let mut arrays = vec![&self.passages, &self.scales, &self.residuals, &self.codes, &self.rows];
        if self.lists > 0 {
            arrays.extend([&self.order, &self.ends, &self.centroid_scales, &self.centroids]);
        }
        arrays
    }

    pub fn f32_row(&self, row: usize) -> Range<usize> {
        let bytes = self.dim * size_of::<f32>();
        let start = self.rows.start + row * bytes;
        start..start + bytes
    }

    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let mut header = [0u8; HEADER_BYTES];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(MAGIC_AT, &MAGIC);
        let version = if self.lists > 0 { VERSION_LISTS } else { VERSION };
        put(VERSION_AT, &version.to_le_bytes());
        put(METRIC_AT, &[METRIC_COSINE]);
        put(DIM_AT, &(self.dim as u32).to_le_bytes());
        put(STRIDE_AT, &(self.stride as u32).to_le_bytes());
        put(COUNT_AT, &(self.count as u64).to_le_bytes());
        if self.lists > 0 {
            put(LISTS_AT, &(self.lists as u32).to_le_bytes());
        }
        for (at, value) in self.offsets() {
            put(at, &(value as u64).to_le_bytes());
        }
        put(self.writer().start, WRITER.as_bytes());
        header
    }

    /// Reads a header. The offsets in it must be the ones that follow from dimension and count: arrays can then neither
    /// overlap nor reach past `segment_bytes`.
    pub fn parse(header: &[u8], segment_bytes: usize) -> Result<Layout> {
        let Ok(header) = <&[u8; HEADER_BYTES]>::try_from(header) else {
            return Err(corrupt(format!("a header of {HEADER_BYTES} bytes expected, {} bytes found", header.len())));
        };
        if header[MAGIC_AT..VERSION_AT] != MAGIC {
            return Err(corrupt("not a vector segment: wrong magic".into()));
        }
        let version = u16::from_le_bytes([header[VERSION_AT], header[VERSION_AT + 1]]);
        if version != VERSION && version != VERSION_LISTS {
            let message = format!("vector segment of layout {version}, this version reads layouts {VERSION} and {VERSION_LISTS}");
            return Err(Error::new(Code::Unsupported, message).hint("use a newer version, or rebuild the vector index from the frames"));
        }
        if header[METRIC_AT] != METRIC_COSINE {
            return Err(Error::new(Code::Unsupported, format!("vector segment of metric {}, known is {METRIC_COSINE}", header[METRIC_AT])));
        }
        let (dim, count) = (read_u32(header, DIM_AT) as usize, read_u64(header, COUNT_AT));
        let lists = if version == VERSION_LISTS { read_u32(header, LISTS_AT) as usize } else { 0 };
        let fits = (version == VERSION_LISTS) == (lists > 0);
        let layout = usize::try_from(count).ok().filter(|_| fits).and_then(|count| Layout::of(dim, count, lists));
        let Some(layout) = layout else {
            return Err(corrupt(format!("{count} vectors of {dim} components in {lists} lists, layout {version}")));
        };
        if layout.len() != segment_bytes {
            let needed = layout.len();
            return Err(corrupt(format!("{count} vectors of {dim} components take {needed} bytes, the segment has {segment_bytes}")));
        }
        let reserved = header[RESERVED_AT] != 0 || (lists > 0 && read_u32(header, RESERVED2_AT) != 0);
        if reserved || read_u32(header, STRIDE_AT) as usize != layout.stride {
            return Err(corrupt(format!("row stride {} expected, {} found", layout.stride, read_u32(header, STRIDE_AT))));
        }
        for (at, expected) in layout.offsets() {
            let found = read_u64(header, at);
            if found != expected as u64 {
                return Err(corrupt(format!("offset {expected} expected at byte {at} of the header, {found} found")));
            }
        }
        Ok(layout)
    }

    /// Where the writer's name stands in the header.
    pub fn writer(&self) -> Range<usize> {
        if self.lists > 0 { WRITER_AFTER_LISTS_AT..HEADER_BYTES } else { WRITER_AT..HEADER_BYTES }
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
        if self.lists > 0 {
            offsets.extend([
                (ORDER_AT, self.order.start),
                (ENDS_AT, self.ends.start),
                (CENTROID_SCALES_AT, self.centroid_scales.start),
                (CENTROIDS_AT, self.centroids.start),
            ]);
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

fn read_u32(header: &[u8; HEADER_BYTES], at: usize) -> u32 {
    let mut bytes = [0u8; 4];
    bytes.copy_from_slice(&header[at..at + 4]);
    u32::from_le_bytes(bytes)
}

fn read_u64(header: &[u8; HEADER_BYTES], at: usize) -> u64 {
    let mut bytes = [0u8; 8];
    bytes.copy_from_slice(&header[at..at + 8]);
    u64::from_le_bytes(bytes)
}
