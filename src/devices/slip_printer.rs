//! stub while waiting
use crate::protocol::Fault;
#[derive(Clone, Debug)] pub struct SlipPrinter;
pub enum PrintReport { Printed, Failed(Fault), Unknown(Fault) }
impl SlipPrinter {
  pub fn start(_: Option<&crate::settings::PrinterSettings>) -> Self { Self }
  pub async fn print(&self, _: ()) -> PrintReport { PrintReport::Printed }
  pub fn wipe(&self) {}
  pub async fn stop(&self) {}
}
