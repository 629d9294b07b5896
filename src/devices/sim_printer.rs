//! stub
use std::net::SocketAddr;
use std::path::PathBuf;
#[derive(clap::Args, Clone, Debug, Default)]
pub struct SimPrinterOptions {
    #[arg(long)]
    pub out: Option<PathBuf>,
    #[arg(long, default_value_t = 48)]
    pub columns: u32,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct SimPrinterError;
pub struct SimPrinter;
#[derive(Debug)]
pub struct RunningSimPrinter;
impl SimPrinter {
    pub fn start(_: &SimPrinterOptions) -> Result<RunningSimPrinter, SimPrinterError> {
        Ok(RunningSimPrinter)
    }
}
impl RunningSimPrinter {
    pub fn address(&self) -> Option<SocketAddr> {
        Some(([127, 0, 0, 1], 9).into())
    }
    pub fn slips(&self) -> Vec<Vec<String>> {
        vec![]
    }
    pub fn order(&self, _: &str) -> Result<(), SimPrinterError> {
        Ok(())
    }
}
pub async fn run(_: SimPrinterOptions) -> Result<(), SimPrinterError> {
    Ok(())
}
