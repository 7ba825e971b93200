// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/metrics_page.hpp"

#include <fmt/format.h>

#include "util/text.hpp"

namespace klab {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

std::string quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : printable(value)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Families in the order in which they are begun.
class Page {
 public:
  void family(const std::string& name, const char* type, const char* help) {
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void sample(const std::string& name, const Labels& labels, double value) {
    std::string words;
    for (const auto& [label, text] : labels) words += fmt::format("{}{}={}", words.empty() ? "" : ",", label, quoted(text));
    text_ += words.empty() ? fmt::format("{} {:.15g}\n", name, value) : fmt::format("{}{{{}}} {:.15g}\n", name, words, value);
  }
  void single(const std::string& name, const char* type, const char* help, double value) {
    family(name, type, help);
    sample(name, {}, value);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

void boots(Page& page, const std::vector<BootTotal>& totals) {
  page.family("klab_boots_total", "counter", "Boots that have ended, by machine and outcome.");
  std::map<std::string, BootTotal> machines;
  for (const auto& total : totals) {
    page.sample("klab_boots_total", {{"machine", total.machine}, {"outcome", total.outcome}}, static_cast<double>(total.number));
    auto& machine = machines[total.machine];
    machine.number += total.number;
    machine.seconds += total.seconds;
    for (std::size_t i = 0; i < total.within.size(); ++i) machine.within[i] += total.within[i];
  }
  page.family("klab_boot_seconds", "histogram", "From the start of a boot to its end, by machine.");
  for (const auto& [name, total] : machines) {
    for (std::size_t i = 0; i < total.within.size(); ++i)
      page.sample("klab_boot_seconds_bucket", {{"machine", name}, {"le", fmt::format("{}", boot_second_bounds[i])}}, static_cast<double>(total.within[i]));
    page.sample("klab_boot_seconds_bucket", {{"machine", name}, {"le", "+Inf"}}, static_cast<double>(total.number));
    page.sample("klab_boot_seconds_sum", {{"machine", name}}, total.seconds);
    page.sample("klab_boot_seconds_count", {{"machine", name}}, static_cast<double>(total.number));
  }
}

void builds(Page& page, const std::vector<BuildTotal>& totals) {
  const auto labels = [](const BuildTotal& total) { return Labels{{"outcome", total.outcome}, {"cache", total.from_cache ? "hit" : "miss"}}; };
  page.family("klab_build_seconds", "summary", "Builds of an arm that have ended, by outcome and whether the cache had it.");
  for (const auto& total : totals) {
    page.sample("klab_build_seconds_sum", labels(total), total.seconds);
    page.sample("klab_build_seconds_count", labels(total), static_cast<double>(total.number));
  }
}

}  // namespace

std::string render_metrics(const MetricsData& data) {
  Page page;
  const auto& totals = data.totals;
  page.family("klab_build_info", "gauge", "Always 1; the version of klabd.");
  page.sample("klab_build_info", {{"version", data.version}}, 1);
  page.family("klab_experiments", "gauge", "Experiments that have not ended, by state.");
  for (const char* state : {"queued", "building", "measuring"}) {
    const auto found = totals.experiments.find(state);
    page.sample("klab_experiments", {{"state", state}}, found == totals.experiments.end() ? 0.0 : static_cast<double>(found->second));
  }
  page.family("klab_experiments_ended_total", "counter", "Experiments that have ended, by outcome.");
  for (const auto& [outcome, number] : totals.experiments_ended)
    page.sample("klab_experiments_ended_total", {{"outcome", outcome}}, static_cast<double>(number));
  page.single("klab_queue_boots_waiting", "gauge", "Boots of experiments that have not ended, without a result yet.",
              static_cast<double>(totals.boots_waiting));
  page.single("klab_boots_running", "gauge", "Boots under way.", static_cast<double>(totals.boots_running));
  boots(page, totals.boots);
  builds(page, totals.builds);
  page.single("klab_samples_total", "counter", "Values that workloads printed and that are stored.", static_cast<double>(totals.samples));
  page.single("klab_hosts", "gauge", "Hosts that are configured.", static_cast<double>(data.hosts.size()));
  page.family("klab_host_state", "gauge", "1 for the state that a host is in.");
  for (const auto& [host, state] : data.hosts) page.sample("klab_host_state", {{"host", host}, {"state", state}}, 1);
  page.family("klab_notifications", "gauge", "Deliveries of notifications, by state.");
  for (const char* state : {"waiting", "delivered", "given up"}) {
    const auto found = data.notifications.find(state);
    page.sample("klab_notifications", {{"state", state}}, found == data.notifications.end() ? 0.0 : found->second);
  }
  page.single("klab_aa_runs_total", "counter", "A/A runs with boots enough for a verdict.", static_cast<double>(data.aa.runs));
  page.single("klab_aa_alarms_total", "counter", "Of them, those whose arms were told apart; one in twenty is to be expected.",
              static_cast<double>(data.aa.alarms));
  page.single("klab_database_bytes", "gauge", "Size of the database.", static_cast<double>(totals.database_bytes));
  page.single("klab_database_free_bytes", "gauge", "Of it, pages that will be used again.", static_cast<double>(totals.database_free_bytes));
  page.single("process_cpu_seconds_total", "counter", "CPU time of klabd.", data.cpu_seconds);
  page.single("process_resident_memory_bytes", "gauge", "Resident memory of klabd.", data.resident_bytes);
  if (data.started > 0.0) page.single("process_start_time_seconds", "gauge", "When klabd was started.", data.started);
  return std::move(page).text();
}

}  // namespace klab
