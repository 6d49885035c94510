//! Keeping a file in order: verify, compact, repair, salvage, as JavaScript sees them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mv2::store;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::input::StoreOptions;
use crate::job::{Job, job};
use crate::output::{Damage, damage};
use crate::store::{Progress, engine_options, now_ms, tell};

#[napi(object)]
pub struct VerifyReport {
    pub ok: bool,
    pub commits: f64,
    pub records: f64,
    pub bytes: f64,
    pub torn_bytes: f64,
    /// Bytes of the log that a compaction dropped.
    pub dropped_bytes: f64,
    /// Places that a repair set aside, and their bytes.
    pub set_aside: u32,
    pub set_aside_bytes: f64,
    /// Frames that a repair found lost.
    pub lost_frame_ids: Vec<f64>,
    /// Commits whose link to the one before can't be checked because of what was set aside.
    pub gaps: f64,
    pub damages: Vec<Damage>,
}

#[napi(object)]
pub struct CompactResult {
    pub before_bytes: f64,
    pub after_bytes: f64,
    /// Segments whose content left the file.
    pub dropped_segments: f64,
    pub commit: f64,
}

#[napi(object)]
pub struct OptimizeResult {
    /// Text and vector segments.
    pub before_segments: f64,
    pub after_segments: f64,
    pub vector_count: f64,
    /// Whether searches among the vectors walk a graph.
    pub has_graph: bool,
    pub commit: f64,
}

#[napi(object)]
pub struct LostFrame {
    pub frame_id: f64,
    /// Null where it is not known.
    pub uri: Option<String>,
}

#[napi(object)]
pub struct RepairReport {
    pub damages: Vec<Damage>,
    pub torn_bytes: f64,
    pub set_aside: u32,
    pub set_aside_bytes: f64,
    pub rescued_frame_ids: Vec<f64>,
    pub lost_frames: Vec<LostFrame>,
    pub lost_events: u32,
    pub lost_answers: u32,
    pub unknown_places: u32,
    pub reindexed_frames: f64,
    pub lost_vectors: f64,
    /// Whether something that was put or recorded is gone.
    pub has_loss: bool,
    /// Null: nothing was written.
    pub commit: Option<f64>,
}

#[napi(object)]
pub struct SalvageReport {
    /// How the header was brought back; null when it was whole.
    pub header: Option<String>,
    pub frame_count: f64,
    pub sessions: f64,
    pub moved_records: f64,
    pub dropped_bytes: f64,
    pub repair: RepairReport,
}

pub fn verify_report(report: store::VerifyReport) -> VerifyReport {
    let damages =
        report.unfinished.iter().map(|d| output_unfinished(d, report.torn_bytes)).chain(report.damages.iter().map(damage)).collect();
    VerifyReport {
        ok: report.is_ok() && report.unfinished.is_none(),
        commits: report.commits as f64,
        records: report.records as f64,
        bytes: report.bytes as f64,
        torn_bytes: report.torn_bytes as f64,
        dropped_bytes: report.dropped_bytes as f64,
        set_aside: report.set_aside.len() as u32,
        set_aside_bytes: report.set_aside.iter().map(|(_, len)| *len as f64).sum(),
        lost_frame_ids: report.lost.iter().flat_map(|(first, count)| (*first..first + count).map(|id| id as f64)).collect(),
        gaps: report.gaps as f64,
        damages,
    }
}

pub fn compact_result(done: store::CompactResult) -> CompactResult {
    CompactResult {
        before_bytes: done.before_bytes as f64,
        after_bytes: done.after_bytes as f64,
        dropped_segments: done.dropped_segments as f64,
        commit: done.commit_no as f64,
    }
}

pub fn optimize_result(done: store::OptimizeResult) -> OptimizeResult {
    OptimizeResult {
        before_segments: done.before_segments as f64,
        after_segments: done.after_segments as f64,
        vector_count: done.vector_count as f64,
        has_graph: done.has_graph,
        commit: done.commit_no as f64,
    }
}

pub fn repair_report(report: store::RepairReport) -> RepairReport {
    let lost = |frame: &store::LostFrame| LostFrame { frame_id: frame.frame_id as f64, uri: frame.uri.clone() };
    RepairReport {
        has_loss: report.has_loss(),
        damages: report.damages.iter().map(damage).collect(),
        torn_bytes: report.torn_bytes as f64,
        set_aside: report.set_aside as u32,
        set_aside_bytes: report.set_aside_bytes as f64,
        rescued_frame_ids: report.rescued.iter().map(|id| *id as f64).collect(),
        lost_frames: report.lost.iter().map(lost).collect(),
        lost_events: report.lost_events as u32,
        lost_answers: report.lost_answers as u32,
        unknown_places: report.unknown as u32,
        reindexed_frames: report.reindexed_frames as f64,
        lost_vectors: report.lost_vectors as f64,
        commit: report.commit_no.map(|commit| commit as f64),
    }
}

pub fn salvage_report(report: store::SalvageReport) -> SalvageReport {
    SalvageReport {
        header: report.header,
        frame_count: report.frame_count as f64,
        sessions: report.sessions as f64,
        moved_records: report.moved_records as f64,
        dropped_bytes: report.dropped_bytes as f64,
        repair: repair_report(report.repair),
    }
}

fn output_unfinished(found: &store::Damage, torn_bytes: u64) -> Damage {
    let message = format!(
        "the last transaction ({torn_bytes} bytes) does not check, so it is left out: it was being written when the machine stopped, or it was damaged since ({})",
        found.message
    );
    Damage { code: "Unfinished".to_string(), message, ..damage(found) }
}

/// Asks long work to stop at its next safe place.
#[napi]
#[derive(Default)]
pub struct StopFlag(pub(crate) Arc<AtomicBool>);

#[napi]
impl StopFlag {
    #[napi(constructor)]
    pub fn new() -> StopFlag {
        StopFlag::default()
    }

    #[napi]
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads what is left of a damaged file and writes it to a new one.
#[napi(
    ts_args_type = "input: string, output: string, options: StoreOptions, stop: StopFlag, onProgress?: (done: number, total: number) => void",
    ts_return_type = "Promise<SalvageReport>"
)]
pub fn salvage(
    input: String,
    output: String,
    options: StoreOptions,
    stop: &StopFlag,
    on_progress: Option<Progress>,
) -> AsyncTask<Job<mv2::store::SalvageReport, SalvageReport>> {
    let (progress, stop) = (tell(on_progress), stop.0.clone());
    let go_on = move |done, total| {
        progress(done as f64, total as f64);
        !stop.load(Ordering::Relaxed)
    };
    let run = move || mv2::store::salvage(&PathBuf::from(input), &PathBuf::from(output), &engine_options(&options)?, now_ms(), &go_on);
    job(run, salvage_report)
}
