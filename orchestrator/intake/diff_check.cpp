// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/diff_check.hpp"

#include <algorithm>
#include <set>

#include "intake/diff_path.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t most_bytes = 32u << 20;
constexpr std::size_t most_line_bytes = 1u << 20;
constexpr std::size_t most_files = 10'000;
constexpr long most_hunk_lines = 10'000'000;
constexpr std::string_view ask_again = "ask for the original, e.g. with b4";

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// "18" or "1310,18" behind the sign of a hunk header: the number of lines.
std::optional<long> range_length(std::string_view& rest) {
  const auto number = [&]() -> std::optional<long> {
    long value = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && digits < 9 && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
      value = value * 10 + (rest[digits] - '0');
    rest.remove_prefix(digits);
    if (digits == 0) return {};
    return value;
  };
  if (!number()) return {};
  if (rest.empty() || rest[0] != ',') return 1;
  rest.remove_prefix(1);
  return number();
}

struct HunkLengths {
  long before = 0, after = 0;
};

// @@ -1310,6 +1310,18 @@
std::optional<HunkLengths> hunk_header(std::string_view line) {
  if (!starts_with(line, "@@ -")) return {};
  line.remove_prefix(4);
  const auto before = range_length(line);
  if (!before || !starts_with(line, " +")) return {};
  line.remove_prefix(2);
  const auto after = range_length(line);
  if (!after || !starts_with(line, " @@")) return {};
  return HunkLengths{*before, *after};
}

class DiffChecker {
 public:
  DiffChecker(std::string_view diff, const DiffOrigin& origin) : rest_(diff), origin_(origin) {}

  Result<std::vector<std::string>> run() {
    while (!failure_ && next()) outside();
    if (!failure_) end_file();
    if (!failure_ && paths_.empty()) fail("it changes no file");
    if (failure_) return *failure_;
    return std::vector<std::string>(paths_.begin(), paths_.end());
  }

 private:
  bool next() {
    if (pushed_back_) {
      pushed_back_ = false;
      return true;
    }
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    if (line_.size() > most_line_bytes) fail(fmt::format("{} is longer than 1 MiB", place(number_)));
    return !failure_;
  }
  std::string_view peek() const { return rest_.substr(0, rest_.find('\n')); }

  std::string place(int number) const {
    if (origin_.first_line) return fmt::format("line {}", *origin_.first_line + number - 1);
    return fmt::format("line {} of the diff", number);
  }
  void fail(std::string cause) {
    if (!failure_) failure_ = input_error("cannot use \"{}\": {}", printable(origin_.name), cause);
  }
  std::string shown_path() const { return printable(path_.empty() ? std::string_view("a file") : path_); }

  // A line that belongs to no hunk.
  void outside() {
    if (starts_with(line_, "diff --git ")) {
      end_file();
      header_names_ = std::string(line_.substr(11));
      path_.clear();
      in_header_ = true;
      header_line_ = number_;
      return;
    }
    if (starts_with(line_, "--- ") && starts_with(peek(), "+++ ")) {
      if (!in_header_) end_file();
      in_header_ = true;
      header_line_ = number_;
      const bool bare = header_names_.empty() && !index_name_.empty() &&
                        unquote_path(line_.substr(4)) == index_name_ &&
                        unquote_path(peek().substr(4)) == index_name_;
      index_name_.clear();
      if (bare) return fail_without_prefix(std::string(line_.substr(4, line_.find('\t') - 4)));
      const std::size_t paths_before = paths_.size();
      take_path(line_.substr(4));
      const std::string before = path_;
      const bool known = paths_.size() == paths_before;
      if (next() && !failure_) take_path(line_.substr(4));
      // "x.c.orig" and "x.c~name" are what diff was given, and no file of the tree.
      if (header_names_.empty() && !known && before != path_ && starts_with(before, path_)) paths_.erase(before);
      return;
    }
    if (starts_with(line_, "Index: ")) index_name_ = std::string(trim(line_.substr(7)));
    if (starts_with(line_, "@@ -")) return hunk();
    if (in_header_) extended_header();
  }

  void extended_header() {
    for (std::string_view key : {"old mode ", "new mode ", "deleted file mode ", "new file mode "})
      if (starts_with(line_, key)) return check_mode(line_.substr(key.size()));
    for (std::string_view key :
         {"rename from ", "rename to ", "rename old ", "rename new ", "copy from ", "copy to "})
      if (starts_with(line_, key)) return take_path(line_.substr(key.size()), false);
    if (starts_with(line_, "index ")) {
      const auto space = line_.rfind(' ');
      if (space > 6) check_mode(line_.substr(space + 1));
      return;
    }
    if (starts_with(line_, "similarity index ") || starts_with(line_, "dissimilarity index ")) return;
    if (line_ == "GIT binary patch") return binary();
    if (starts_with(line_, "Binary files ") && line_.size() > 7 &&
        line_.substr(line_.size() - 7) == " differ") {
      end_file();
      return fail(fmt::format("it changes the binary file \"{}\" without its content (make it with --binary)",
                              shown_path()));
    }
    end_file();
  }

  void check_mode(std::string_view mode) {
    if (path_.empty()) path_from_header();
    if (failure_) return;
    if (starts_with(mode, "120"))
      return fail(fmt::format("{} makes or changes the symbolic link \"{}\", which klab does not apply",
                              place(number_), shown_path()));
    if (starts_with(mode, "160"))
      return fail(fmt::format("{} makes or changes the submodule \"{}\", which klab does not apply",
                              place(number_), shown_path()));
    if (mode.size() != 6 || !starts_with(mode, "100"))
      fail(fmt::format("{} gives \"{}\" the mode {}, which is no file's", place(number_), shown_path(),
                       printable(mode.substr(0, 20))));
  }

  // `with_prefix`: a/ or b/ comes first, as everywhere but in rename and copy lines.
  void take_path(std::string_view written, bool with_prefix = true) {
    if (header_names_.empty()) written = without_date(written);
    const auto path = unquote_path(written);
    if (!path) return fail(fmt::format("{} holds a path that cannot be read", place(number_)));
    if (*path == "/dev/null" && with_prefix) return;
    if (!with_prefix) return add_path(*path, *path);
    const auto slash = path->find('/');
    if (slash == std::string::npos) return fail_without_prefix(*path);
    add_path(slash == 0 ? *path : path->substr(slash + 1), *path);
  }

  void fail_without_prefix(const std::string& path) {
    fail(fmt::format("{} names \"{}\" without the prefixes a/ and b/ (make the diff without --no-prefix)",
                     place(number_), printable(path)));
  }

  void add_path(const std::string& path, const std::string& written) {
    if (const auto objection = path_objection(path); !objection.empty())
      return fail(fmt::format("{} touches \"{}\", {}", place(number_),
                              printable(path.empty() ? written : path), objection));
    path_ = path;
    file_is_known_ = true;
    paths_.insert(path);
    if (paths_.size() > most_files) fail(fmt::format("it touches more than {} files", most_files));
  }

  void path_from_header() {
    if (header_names_.empty()) return;
    // A rename names its files in lines of their own, and then this line need not be clear.
    if (const auto names = git_header_names(header_names_)) {
      take_path(names->first);
      if (!failure_) take_path(names->second);
    }
  }

  // A file whose header says neither --- nor rename is named by its diff --git line alone.
  void end_file() {
    if (!failure_ && !header_names_.empty() && !file_is_known_) {
      path_from_header();
      if (!failure_ && !file_is_known_)
        fail(fmt::format("{} names no file that can be read", place(header_line_)));
    }
    header_names_.clear();
    file_is_known_ = in_header_ = false;
  }

  // Lines of base85 up to an empty one, once or twice.
  void binary() {
    if (!file_is_known_) path_from_header();
    while (next() && (starts_with(line_, "literal ") || starts_with(line_, "delta "))) {
      while (next() && !line_.empty()) {
      }
    }
    pushed_back_ = !rest_.empty() || !line_.empty();
    in_header_ = false;
  }

  void hunk() {
    if (!file_is_known_) return fail(fmt::format("{} is a hunk without a file header", place(number_)));
    in_header_ = false;
    const int start = number_;
    const auto lengths = hunk_header(line_);
    if (!lengths || lengths->before > most_hunk_lines || lengths->after > most_hunk_lines)
      return fail(fmt::format("{} is no hunk header: {}", place(start), printable(line_.substr(0, 60))));
    HunkLengths left = *lengths;
    while (left.before > 0 || left.after > 0) {
      if (!next() || ends_mail() || starts_with(line_, "diff --git ") || hunk_header(line_)) {
        if (!failure_) cut_off(start, *lengths, left);
        return;
      }
      const char mark =
          line_.empty() ? ' ' : line_[0];  // mail programs strip the space of an empty context line
      if (mark == '\\') continue;
      if (mark != ' ' && mark != '+' && mark != '-') return damaged();
      if (!line_.empty() && mark == ' ') context_seen_ = true;
      if (mark != '+') --left.before;
      if (mark != '-') --left.after;
      if (left.before < 0 || left.after < 0) return miscounted(start);
    }
    const auto after = peek();
    if (starts_with(after, "+") || (starts_with(after, "-") && !starts_with(after, "--"))) miscounted(start);
  }

  // "-- " and git's version, perhaps with the space stripped. Inside a hunk "-- " could be a removed line,
  // but not as the last but one of the whole text.
  bool ends_mail() const {
    if (line_ != "-- " && line_ != "--") return false;
    const auto version = peek();
    return version.size() < 100 && !version.empty() && version[0] >= '0' && version[0] <= '9' &&
           trim(rest_.substr(version.size())).empty();
  }

  void cut_off(int start, HunkLengths whole, HunkLengths left) {
    fail(fmt::format(
        "it was cut off in transit ({}: the hunk of \"{}\" announces {} old and {} new lines, and {} and {} "
        "are there); {}",
        place(start), shown_path(), whole.before, whole.after, whole.before - left.before,
        whole.after - left.after, ask_again));
  }
  void miscounted(int start) {
    fail(fmt::format("the hunk of \"{}\" in {} has more lines than it announces; {}", shown_path(),
                     place(start), ask_again));
  }
  // As archives do that show mails as text: no line to the end of the mail begins with white space, and
  // after a marker stands one space at most where tabs were. A diff of one or two lines proves nothing.
  bool all_indentation_is_gone() const {
    std::size_t lines = 0;
    for (std::string_view left = rest_; !left.empty();) {
      const auto end = left.find('\n');
      const auto line = left.substr(0, end);
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
      if (line.empty()) continue;
      const bool marked = line[0] == '+' || line[0] == '-';
      const auto text = marked ? line.substr(1) : line;
      if (!text.empty() && text[0] == '\t') return false;
      if (starts_with(text, marked ? "  " : " ")) return false;
      ++lines;
    }
    return lines >= 3;
  }
  void damaged() {
    if (starts_with(line_, "\xC2\xA0"))
      return fail(fmt::format(
          "white space was destroyed in transit ({}: a no-break space stands where a space belongs); {}",
          place(number_), ask_again));
    if (!context_seen_ && all_indentation_is_gone())
      return fail(fmt::format(
          "white space was destroyed in transit ({}: all leading white space is gone, the context marker too); {}",
          place(number_), ask_again));
    if (!context_seen_ || line_[0] == '\t')
      return fail(fmt::format(
          "white space was destroyed in transit ({}: a context line has lost its leading space); {}",
          place(number_), ask_again));
    fail(fmt::format(
        "it was damaged in transit ({}: neither context nor change, as when long lines are wrapped); {}",
        place(number_), ask_again));
  }

  std::string_view rest_;
  const DiffOrigin& origin_;
  std::string_view line_;
  int number_ = 0;
  bool pushed_back_ = false;
  std::optional<Error> failure_;

  std::set<std::string> paths_;
  std::string path_;          // of the file being read
  std::string index_name_;    // of an Index: line of Subversion or CVS, which take no prefixes
  std::string header_names_;  // of its diff --git line
  int header_line_ = 0;
  bool file_is_known_ = false;
  bool in_header_ = false;
  bool context_seen_ = false;
};

}  // namespace

Result<std::vector<std::string>> check_diff(std::string_view diff, const DiffOrigin& origin) {
  if (diff.size() > most_bytes)
    return input_error("cannot use \"{}\": it is larger than {} MiB", printable(origin.name),
                       most_bytes >> 20);
  if (diff.find('\0') != std::string_view::npos)
    return input_error("cannot use \"{}\": it holds a NUL byte", printable(origin.name));
  return DiffChecker(diff, origin).run();
}

std::optional<std::size_t> find_diff(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at);
    if (starts_with(line, "diff --git ")) return at;
    const auto end = line.find('\n');
    if (end == std::string_view::npos) return {};
    if (starts_with(line, "--- ") && starts_with(line.substr(end + 1), "+++ ")) return at;
    at += end + 1;
  }
  return {};
}

std::vector<PreimageBlob> preimage_blobs(std::string_view diff) {
  std::vector<PreimageBlob> blobs;
  std::set<std::string> seen;
  std::string id;
  while (!diff.empty()) {
    const auto end = diff.find('\n');
    const auto line = diff.substr(0, end);
    diff.remove_prefix(end == std::string_view::npos ? diff.size() : end + 1);
    if (starts_with(line, "diff --git ")) id.clear();
    if (starts_with(line, "index ")) id = std::string(line.substr(6, line.find("..") - 6));
    if (!starts_with(line, "--- ") || !starts_with(diff, "+++ ")) continue;
    const auto path = unquote_path(line.substr(4));
    const bool hexadecimal =
        id.size() >= 7 && id.size() <= 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (path && path->find('/') != std::string::npos && *path != "/dev/null" && hexadecimal) {
      std::string name = path->substr(path->find('/') + 1);
      if (seen.insert(name).second) blobs.push_back({std::move(name), id});
    }
    id.clear();
  }
  return blobs;
}

}  // namespace klab
