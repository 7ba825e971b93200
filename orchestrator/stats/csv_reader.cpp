// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/csv_reader.hpp"

namespace klab {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) at_ = kByteOrderMark.size();
  }

  Result<std::vector<CsvRecord>> read() {
    std::vector<CsvRecord> records;
    while (at_ < text_.size()) {
      CsvRecord record{line_, {}};
      bool quoted = false;
      for (;;) {
        const Result<std::string> field = next() == '"' ? read_quoted() : read_plain();
        if (!field) return field.error();
        quoted = quoted || was_quoted_;
        record.fields.push_back(*field);
        if (next() != ',') break;
        ++at_;
      }
      end_line();
      const bool is_empty = record.fields.size() == 1 && record.fields.front().empty() && !quoted;
      if (!is_empty) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  // The next character; a line break at the end of the text.
  char next() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool at_line_end() const { return next() == '\n' || next() == '\r'; }

  void end_line() {
    if (next() == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  Result<std::string> read_plain() {
    was_quoted_ = false;
    const std::size_t begin = at_;
    while (at_ < text_.size() && next() != ',' && !at_line_end()) {
      if (next() == '"') {
        return input_error(
            "line {}: a quote inside a field; put the whole field in quotes and double this one", line_);
      }
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> read_quoted() {
    was_quoted_ = true;
    const int begin = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      if (c == '\n') ++line_;
      field += c;
    }
    if (at_ >= text_.size()) return input_error("line {}: a quote that is never closed; close it", begin);
    ++at_;
    if (next() != ',' && !at_line_end()) {
      return input_error("line {}: text after a closing quote; put the whole field in quotes", line_);
    }
    return field;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool was_quoted_ = false;
};

}  // namespace

Result<std::vector<CsvRecord>> read_csv(std::string_view text) { return CsvReader(text).read(); }

}  // namespace klab
