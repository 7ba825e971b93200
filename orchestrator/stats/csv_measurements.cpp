// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/csv_measurements.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "stats/csv_reader.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

enum Column {
  arm,
  boot,
  slot,
  workload,
  case_name,
  metric,
  unit,
  better,
  primary,
  min_change,
  value,
  columns
};
constexpr std::array<std::string_view, columns> kNames{
    "arm", "boot", "slot", "workload", "case", "metric", "unit", "better", "primary", "min_change", "value"};
constexpr std::array<Column, 4> kRequired{arm, boot, metric, value};

struct Header {
  std::array<std::optional<std::size_t>, columns> place;
  std::size_t fields = 0;
  std::vector<std::string> left_aside;
};

Result<Header> read_header(const CsvRecord& record) {
  Header header;
  header.fields = record.fields.size();
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const std::string name = to_lower(trim(record.fields[i]));
    const auto known = std::find(kNames.begin(), kNames.end(), name);
    if (known == kNames.end()) {
      header.left_aside.push_back(printable(record.fields[i]));
      continue;
    }
    std::optional<std::size_t>& place = header.place[static_cast<std::size_t>(known - kNames.begin())];
    if (place) return input_error("line {}: column \"{}\" is there twice; remove one", record.line, name);
    place = i;
  }
  for (const Column column : kRequired) {
    if (header.place[column]) continue;
    const std::string& first = record.fields.front();
    const bool other_separator = header.fields == 1 && first.find_first_of(";\t") != std::string::npos;
    return input_error("line {}: column \"{}\" is missing; {}", record.line, kNames[column],
                       other_separator
                           ? "separate the fields with commas"
                           : "the first line names the columns, at least arm, boot, metric and value");
  }
  return header;
}

// Why a text is no number, with the remedy; nothing when it is one and `number` has it.
std::optional<std::string_view> why_no_number(std::string_view text, double& number) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc::result_out_of_range) return "is too large or too small; choose another unit";
  if (failure == std::errc() && end == text.data() + text.size()) return std::nullopt;
  return "is not a number; write it like 1234.5, without unit or separators, or nan where there is none";
}

class LineReader {
 public:
  LineReader(const Header& header, const CsvRecord& record) : header_(header), record_(record) {}

  Result<Measurement> read() const {
    Measurement line;
    line.line = record_.line;
    if (record_.fields.size() != header_.fields) {
      return input_error(
          "line {}: {} fields where the first line names {}; put fields that hold commas in quotes",
          record_.line, record_.fields.size(), header_.fields);
    }
    for (const Column column : kRequired) {
      if (!text(column).empty()) continue;
      return input_error("line {}: {} is empty; {}", record_.line, kNames[column],
                         column == value ? "write nan where there is no value" : "every line needs one");
    }
    line.arm = text(arm);
    line.boot = text(boot);
    line.workload = text(workload);
    line.case_name = text(case_name);
    line.metric = text(metric);
    if (!text(unit).empty()) line.unit = text(unit);
    if (const auto why = why_no_number(text(value), line.value)) return wrong(value, *why);
    if (auto read = read_slot(line); !read) return read.error();
    if (auto read = read_metric(line); !read) return read.error();
    return line;
  }

 private:
  std::string_view text(Column column) const {
    return header_.place[column] ? trim(record_.fields[*header_.place[column]]) : std::string_view();
  }
  Error wrong(Column column, std::string_view why) const {
    return input_error("line {}: {} \"{}\" {}", record_.line, kNames[column], printable(text(column)), why);
  }

  Result<void> read_slot(Measurement& line) const {
    const std::string_view word = text(slot);
    if (word.empty()) return {};
    int number = 0;
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failure != std::errc() || end != word.data() + word.size() || number < 1) {
      return wrong(slot, "is not a place in the boot order; write 1, 2, 3 or leave it empty");
    }
    line.slot = number;
    return {};
  }

  Result<void> read_metric(Measurement& line) const {
    if (const std::string word = to_lower(text(better)); !word.empty()) {
      line.better = better_from_name(word);
      if (!line.better) return wrong(better, "is unknown; write higher or lower");
    }
    if (const std::string word = to_lower(text(primary)); !word.empty()) {
      if (word != "yes" && word != "no") return wrong(primary, "is unknown; write yes or no");
      line.primary = word == "yes";
    }
    if (!text(min_change).empty()) {
      double number = 0.0;
      if (const auto why = why_no_number(text(min_change), number)) return wrong(min_change, *why);
      if (!std::isfinite(number) || number < 0.0)
        return wrong(min_change, "is no size of a change; write 0 or more");
      line.min_change = number;
    }
    return {};
  }

  const Header& header_;
  const CsvRecord& record_;
};

}  // namespace

Result<Measurements> read_measurements(std::string_view text) {
  const Result<std::vector<CsvRecord>> records = read_csv(text);
  if (!records) return records.error();
  if (records->empty()) {
    return input_error("it is empty; the first line names the columns, at least arm, boot, metric and value");
  }
  const Result<Header> header = read_header(records->front());
  if (!header) return header.error();
  if (records->size() == 1) {
    return input_error(
        "line {}: no measurements follow the names of the columns; add a line per boot and metric",
        records->front().line);
  }
  Measurements measurements;
  measurements.lines.reserve(records->size() - 1);
  for (std::size_t i = 1; i < records->size(); ++i) {
    Result<Measurement> line = LineReader(*header, (*records)[i]).read();
    if (!line) return line.error();
    measurements.lines.push_back(std::move(*line));
  }
  for (const std::string& name : header->left_aside) {
    measurements.notes.push_back(fmt::format("column \"{}\" is not used", name));
  }
  if (!header->place[better])
    measurements.notes.push_back("no column \"better\": higher values are taken as better");
  return measurements;
}

}  // namespace klab
