// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "model/comparison.hpp"
#include "util/file.hpp"

// A report as the pipeline makes it: the workqueue series on an overcommitted TCG guest, six scopes by
// throughput and p95, with every kind of row. The statistics are the true ones of these boots over
// the 174 balanced labellings (Hodges-Lehmann shift, exact interval, step-down maxT).
namespace klab::test {

inline const Metric throughput{"throughput", "items/s", Better::higher, true, 0.0};
inline const Metric p95{"p95", "ns", Better::lower, true, 0.0};

inline std::vector<ComparedBoot> boots(const std::vector<double>& values, const std::vector<int>& slots) {
  std::vector<ComparedBoot> out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back({"17-" + std::to_string(slots[i]), slots[i], values[i], false});
  return out;
}

inline ComparisonRow workqueue_row(const std::string& case_name, const Metric& metric,
                                   const std::vector<double>& reference, const std::vector<double>& patched,
                                   std::pair<double, double> medians, std::pair<double, double> cv,
                                   Effect effect, double row_p, double family_p, double detectable,
                                   Verdict verdict) {
  ComparisonRow row;
  row.workload = "workqueue";
  row.case_name = case_name;
  row.metric = metric;
  row.reference = boots(reference, {1, 3, 6, 8, 9});
  row.patched = boots(patched, {2, 4, 5, 7, 10});
  row.reference_median = medians.first;
  row.patched_median = medians.second;
  row.reference_cv = cv.first;
  row.patched_cv = cv.second;
  row.effect = effect;
  row.row_p = row_p;
  row.family_p = family_p;
  row.detectable_change = detectable;
  row.verdict = verdict;
  return row;
}

inline ComparisonRow cache_shard_row(const Metric& metric) {
  ComparisonRow row;
  row.workload = "workqueue";
  row.case_name = "cache_shard";
  row.metric = metric;
  row.verdict = Verdict::not_available;
  row.note = "the kernel reads affinity_scope back as cache";
  return row;
}

inline std::vector<ComparisonRow> workqueue_rows() {
  return {
      workqueue_row("cpu", throughput, {126768, 126957, 127038, 131152, 135232},
                    {133043, 127657, 123792, 137098, 131308}, {127038, 131308}, {0.028793, 0.0389931},
                    {true, 1.00701, 0.943985, 1.07919, 0.9683}, 0.505747, 0.91954, 0.0936111,
                    Verdict::within_noise),
      workqueue_row("smt", throughput, {128159, 121723, 128492, 121486, 124109},
                    {110916, 112789, 111810, 105832, 109118}, {124109, 110916}, {0.0271273, 0.0248757},
                    {true, 0.879211, 0.84922, 0.920353, 0.9683}, 0.0114943, 0.0114943, 0.0706614,
                    Verdict::regressed),
      cache_shard_row(throughput),
      workqueue_row("cache", throughput, {24684, 24952, 24794, 26490, 24996},
                    {25952, 25190, 26416, 25166, 27616}, {24952, 25952}, {0.0294282, 0.0389104},
                    {true, 1.03825, 0.97969, 1.10676, 0.9683}, 0.0804598, 0.551724, 0.0931731,
                    Verdict::within_noise),
      workqueue_row("numa", throughput, {22066, 22249, 22648, 21844, 22132},
                    {26164, 26666, 27263, 26395, 27749}, {22132, 26666}, {0.0133637, 0.0242124},
                    {true, 1.20486, 1.17596, 1.2538, 0.9683}, 0.0114943, 0.0114943, 0.0522773,
                    Verdict::improved),
      workqueue_row("system", throughput, {21338, 22280, 22977, 21704, 21869},
                    {25902, 24377, 25725, 23933, 24957}, {21869, 24957}, {0.0284365, 0.033884},
                    {true, 1.1273, 1.07419, 1.19342, 0.9683}, 0.0114943, 0.0114943, 0.0851103,
                    Verdict::improved),
      workqueue_row("cpu", p95, {4128, 4096, 4136, 4126, 4122}, {4115, 4130, 4127, 4140, 4095}, {4126, 4127},
                    {0.00368597, 0.00418362}, {true, 1.00024, 0.992487, 1.00757, 0.9683}, 1, 0.977011,
                    0.0103816, Verdict::no_change),
      workqueue_row("smt", p95, {4395, 4079, 4056, 3652, 3802}, {4155, 3969, 4052, 4746, 4410}, {4056, 4155},
                    {0.0713903, 0.0738849}, {true, 1.07986, 0.945392, 1.20756, 0.9683}, 0.310345, 0.586207,
                    0.206681, Verdict::within_noise),
      cache_shard_row(p95),
      workqueue_row("cache", p95, {36044, 25801, 28985, 34403, 34834}, {19174, 14068, 18754, 16179, 18383},
                    {34403, 18383}, {0.137652, 0.12423}, {true, 0.538382, 0.408918, 0.712492, 0.9683},
                    0.0114943, 0.0114943, 0.431295, Verdict::improved),
      workqueue_row("numa", p95, {34318, 38227, 35157, 37284, 36322}, {17420, 17679, 17538, 14841, 17553},
                    {36322, 17538}, {0.0434058, 0.0713772}, {true, 0.474171, 0.408595, 0.511044, 0.9683},
                    0.0114943, 0.0114943, 0.17406, Verdict::improved),
      workqueue_row("system", p95, {35326, 35546, 35560, 35606, 35523}, {34899, 34809, 34934, 34847, 34936},
                    {35546, 34899}, {0.00305281, 0.00159719}, {true, 0.981798, 0.978881, 0.987913, 0.9683},
                    0.0114943, 0.0114943, 0.00640181, Verdict::significant_below_threshold)};
}

inline Comparison workqueue_comparison() {
  Comparison comparison;
  comparison.reference = "baseline";
  comparison.patched = "patched";
  comparison.reference_boots = 5;
  comparison.patched_boots = 5;
  comparison.order = BootOrder::balanced;
  comparison.labellings = 174;
  comparison.seed = 11400714819323198485u;  // does not survive a double
  comparison.delta = 0.02;
  comparison.rows = workqueue_rows();
  comparison.rows[10].patched[3].far = true;
  return comparison;
}

inline Report workqueue_report() {
  Report report;
  report.provenance.title = "[PATCH v2 0/4] workqueue: defer the worker wakeup outside pool->lock";
  report.provenance.experiment = "17";
  report.provenance.labels = {"TCG", "overcommitted"};
  report.provenance.facts = {
      {"series", "v2, 4 patches, <20260603-defer@example.org>"},
      {"tree",
       "linux-6.12 at 0123456789abcdef0123456789abcdef01234567, kconfig tinyconfig + guest + workqueue"},
      {"host", "AMD EPYC, 2 CPUs; guest 8 vCPUs, 1024 MiB; QEMU 7.2.17"},
      {"finished", "2026-06-04T15:47:36Z"}};
  report.comparisons = {workqueue_comparison()};
  return report;
}

// An experiment with two contrasts, one of them with failed boots and a row of differences.
inline Report odd_report() {
  Report report;
  report.provenance.title = "mm: drain remote per-CPU batches without a work item";
  Comparison drain;
  drain.reference = "v6.12";
  drain.patched = "v6.12 + pwlocks v4 1-4";
  drain.reference_boots = 5;
  drain.patched_boots = 3;
  drain.patched_failed = 2;
  drain.order = BootOrder::uniform;
  drain.labellings = 56;
  drain.seed = 7;
  ComparisonRow row;
  row.workload = "lru-drain";
  row.case_name = "isolated";
  row.metric = {"switches", "switches", Better::lower, true, 1.0};
  row.reference = boots({8, 8, 9, 8, 8}, {1, 2, 5, 6, 10});
  row.patched = boots({0, 0, 0}, {3, 4, 8});
  row.reference_median = 8;
  row.patched_median = 0;
  row.reference_cv = 0.0545;
  row.effect = Effect{false, -8, -9, -8, 0.9643};
  row.row_p = 0.0357142857142857;
  row.family_p = 0.0357142857142857;
  row.detectable_change = 1.25;
  row.verdict = Verdict::improved;
  row.note = "2 of 5 patched boots gave no result";
  drain.rows = {row};
  ComparisonRow failures;
  failures.case_name = "failed boots";
  failures.metric = {"failed boots", "boots", Better::lower, false, 0.0};
  failures.row_p = 0.444444444444444;
  failures.verdict = Verdict::within_noise;
  drain.failures = failures;

  Comparison few;
  few.reference = "v6.12";
  few.patched = "v6.12 + pwlocks v4 1-2";
  few.reference_boots = 2;
  few.patched_boots = 2;
  few.order = BootOrder::unknown;
  few.labellings = 19999;
  few.sampled = true;
  few.delta = 0.005;
  row.reference = boots({8, 8}, {0, 0});
  row.patched = boots({6, 8}, {0, 0});
  row.patched_median = 7;
  row.patched_cv = 0.202;
  row.effect.reset();
  row.row_p = 1.0;
  row.family_p.reset();
  row.detectable_change.reset();
  row.verdict = Verdict::insufficient_data;
  row.note.clear();
  few.rows = {row};
  report.comparisons = {drain, few};
  report.arms = {{"v6.12", "Unpatched kernel", "CONFIG_PREEMPT_RT=y"},
                 {"v6.12 + pwlocks v4 1-4", "All four patches, pwlocks=1", "CONFIG_PREEMPT_RT=y"},
                 {"v6.12 + pwlocks v4 1-2", "The first two", "CONFIG_PREEMPT_RT=y"}};
  report.facts = {{"lru-drain", "fair_server", "what the deadline server gives", {{"50 of 1000 ms", ""}}},
                  {"lru-drain", "method", "", {{"FIFO 1", "v6.12"}, {"3 different ones, such as: FIFO 2", "v6.12 + pwlocks v4 1-4: isolated"}}}};
  return report;
}

// The workqueue series on two machines; the second lacks a case, and has a row of each remaining kind.
inline Report two_machines_report() {
  Report report = workqueue_report();
  report.provenance.labels = {"TCG", "vm overcommitted", "vm-arm64: arm64 emulated on x86_64"};
  Comparison other = report.comparisons.front();
  report.comparisons.front().reference = "baseline-vm";
  report.comparisons.front().patched = "patched-vm";
  other.reference = "baseline-vm-arm64";
  other.patched = "patched-vm-arm64";
  std::erase_if(other.rows, [](const ComparisonRow& row) { return row.case_name == "smt"; });
  for (auto& row : other.rows) {
    if (row.verdict == Verdict::not_available) continue;
    for (auto* median : {&row.reference_median, &row.patched_median}) **median *= row.metric.name == "p95" ? 12 : 0.2;
  }
  other.rows[2].verdict = Verdict::suggestive;
  other.rows[3].verdict = Verdict::insufficient_data;
  other.rows[3].effect.reset();
  other.rows[4].verdict = Verdict::order_confounded;
  report.comparisons.push_back(other);
  const std::string base = "debian 0123456789ab, tinyconfig + lab", all = "debian 0123456789ab + all patches (4) of v2";
  report.arms = {{"baseline-vm", "baseline", "vm", "vm", base},
                 {"patched-vm", "patched", "vm", "vm", all},
                 {"baseline-vm-arm64", "baseline", "vm-arm64", "vm-arm64", base},
                 {"patched-vm-arm64", "patched", "vm-arm64", "vm-arm64", all}};
  return report;
}

// Text that breaks out wherever it is let: escapes, markup, templates, formulas, wide and endless names.
inline std::string hostile() {
  return "=1+1\x1b[31m<script>alert('x')</script>\"{{title}}{{{title}}}\xff\xe2\x80\xae, "
         "\xe6\xbc\xa2\xe5\xad\x97 \r\n" +
         std::string(300, 'w') + "\xe6\xbc\xa2\xe5\xad\x97";
}

inline Report hostile_report() {
  Report report = odd_report();
  const std::string text = hostile();
  report.provenance = {text, text, {text, text}, {{text, text}}};
  for (auto& arm : report.arms) arm = {text, text, text};
  report.facts = {{text, text, text, {{text, text}}}};
  for (auto& comparison : report.comparisons) {
    comparison.reference = comparison.patched = text;
    for (auto& row : comparison.rows) {
      row.workload = row.case_name = row.note = row.metric.name = row.metric.unit = text;
      for (auto& boot : row.reference) boot.boot = text, boot.far = true;
    }
    if (comparison.failures) comparison.failures->note = comparison.failures->case_name = text;
  }
  return report;
}

// The golden files are read and checked by hand. After an intended change: KLAB_WRITE_GOLDEN=1
// test_report, then read the difference.
inline std::string golden(const std::string& file, const std::string& actual) {
  const std::string path = std::string(KLAB_TEST_DATA) + "/report/" + file;
  if (std::getenv("KLAB_WRITE_GOLDEN") != nullptr) REQUIRE(write_file_atomic(path, actual).has_value());
  const auto content = read_file(path);
  REQUIRE(content.has_value());
  return *content;
}

}  // namespace klab::test
