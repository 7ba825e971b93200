// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/read_series.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "intake/compose_mail.hpp"
#include "intake/diff_check.hpp"
#include "intake/git.hpp"
#include "intake/selection.hpp"
#include "intake/trailers.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// The sources as one phrase for messages: "a", "a, b", "a, b and 3 more".
std::string name_of(const std::vector<RawSource>& sources) {
  if (sources.empty()) return "no file";
  std::string names = printable(sources[0].name);
  if (sources.size() > 1) names += ", " + printable(sources[1].name);
  if (sources.size() > 2) names += fmt::format(" and {} more", sources.size() - 2);
  return names;
}

// Every message of every source, unwrapped.
Result<std::vector<Message>> read_messages(const std::vector<RawSource>& sources,
                                           const IntakeOptions& options) {
  std::size_t bytes = 0;
  for (const auto& source : sources) bytes += source.bytes.size();
  if (bytes > options.max_bytes)
    return input_error("cannot use \"{}\": {} bytes are more than the {} MiB that a series may have",
                       name_of(sources), with_thousands(static_cast<long long>(bytes)),
                       options.max_bytes >> 20);
  std::vector<Message> messages;
  std::size_t mails_read = 0;
  for (const auto& source : sources) {
    auto mails = split_mailbox(source, options.max_messages - mails_read);
    if (!mails) return mails.error();
    mails_read += mails->size();
    for (auto& mail : *mails)
      for (auto& message : read_mail(std::move(mail))) {
        message.order = messages.size();
        messages.push_back(std::move(message));
      }
  }
  return messages;
}

std::string object_of(const Message& message) {
  return message.alone ? message.source : fmt::format("{}: {}", message.source, describe(message));
}

// Git's own reading of the diff: what it cannot parse, and any path that it sees and check_diff did not.
Result<void> ask_git(const std::string& object, const std::string& diff,
                     const std::vector<std::string>& files, const std::filesystem::path& scratch) {
  auto ran = run_isolated_git(scratch, {"apply", "--numstat", "-z", "-"}, diff);
  if (!ran) return ran.error();
  if (!ran->ok()) {
    Error error =
        input_error("cannot use \"{}\": git cannot read its diff: {}", printable(object), git_words(*ran));
    error.tail = ran->err;
    return error;
  }
  for (const auto& row : split(ran->out, '\0')) {
    if (row.empty()) continue;
    const auto tab = row.rfind('\t');
    const std::string path = tab == std::string::npos ? row : row.substr(tab + 1);
    if (!std::binary_search(files.begin(), files.end(), path))
      return input_error("cannot use \"{}\": git would change \"{}\", which its headers do not say plainly",
                         printable(object), printable(path));
  }
  return {};
}

Result<Patch> make_patch(const Message& message, int version, int number, int total,
                         const std::filesystem::path& scratch) {
  const std::string object = object_of(message);
  if (message.is_flowed)
    return input_error(
        "cannot use \"{}\": it was sent as format=flowed, which rewraps the lines of a diff; ask for the "
        "original, e.g. with b4",
        printable(object));
  if (message.is_html)
    return input_error(
        "cannot use \"{}\": it was sent as a web page, which changes the text of a diff; ask for the original, "
        "e.g. with b4",
        printable(object));
  const DiffOrigin origin{object, message.after_line};
  auto files = check_diff(message.after, origin);
  if (!files) return files.error();
  if (auto read = ask_git(object, message.after, *files, scratch); !read) return read.error();
  Patch patch;
  patch.number = number;
  patch.subject = message.title;
  patch.author = message.author;
  patch.date = message.date;
  patch.message_id = message.message_id;
  patch.files = std::move(*files);
  patch.mail = compose_mail(message, version, number, total);
  return patch;
}

std::string missing_parts(const std::vector<int>& missing, int total) {
  if (missing.size() > 20) return fmt::format("{} of {} parts are missing", missing.size(), total);
  std::vector<std::string> numbers;
  for (int part : missing) numbers.push_back(std::to_string(part));
  return missing.size() == 1 ? fmt::format("part {} of {} is missing", numbers[0], total)
                             : fmt::format("parts {} of {} are missing", join(numbers, ", "), total);
}

Result<PatchRange> range_of(const Posting& posting, const IntakeOptions& options, const std::string& title) {
  PatchRange range = options.range.value_or(PatchRange{1, posting.total});
  if (range.first < 1 || range.last < range.first || range.last > posting.total)
    return input_error("cannot use patches {}-{} of the series \"{}\": it has {} patch{}", range.first,
                       range.last, title, posting.total, posting.total == 1 ? "" : "es");
  if (range.last - range.first + 1 > options.max_patches)
    return input_error(
        "cannot use the series \"{}\": {} patches are more than {}; choose some of them with --patches",
        title, range.last - range.first + 1, options.max_patches);
  std::vector<int> missing;
  for (int part = range.first; part <= range.last; ++part)
    if (!posting.parts.count(part)) missing.push_back(part);
  if (missing.empty()) return range;
  return input_error(
      "cannot use the series \"{}\": {}; give them too, or choose what is there with --patches", title,
      missing_parts(missing, posting.total));
}

bool is_commit_id(std::string_view id) {
  return id.size() >= 12 && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A cover letter's text, without git's signature.
std::string cover_text(const Message& cover) {
  std::string text = cover.body + cover.after;
  const auto signature = text.rfind("\n-- \n");
  if (signature != std::string::npos && text.size() - signature < 200) text.resize(signature + 1);
  return std::string(trim(text));
}

// base-commit, change-id and prerequisites stand in the cover letter or, without one, in a patch.
void take_footers(const Message& message, Series& series) {
  for (const std::string* text : {&message.body, &message.after}) {
    if (series.base_commit.empty()) {
      const auto id = line_value(*text, "base-commit");
      if (is_commit_id(id)) series.base_commit = id;
    }
    if (series.change_id.empty()) series.change_id = line_value(*text, "change-id");
    for (auto& line : prerequisite_lines(*text))
      if (std::find(series.prerequisites.begin(), series.prerequisites.end(), line) ==
          series.prerequisites.end())
        series.prerequisites.push_back(std::move(line));
  }
}

// A mail that was sent has a Message-ID; what git has written to be sent has none.
void take_answered(const Message& message, Series& series) {
  if (!message.message_id.empty()) series.answered = message.answered;
}

void take_trailers(const std::vector<Message>& messages, Series& series) {
  std::map<std::string, int> parts;
  if (!series.cover_message_id.empty()) parts[series.cover_message_id] = 0;
  for (const auto& patch : series.patches)
    if (!patch.message_id.empty()) parts[patch.message_id] = patch.number;
  std::set<std::pair<int, std::string>> seen;
  for (const auto& message : messages) {
    if (!message.is_reply || message.has_diff) continue;
    for (auto parent = message.parents.rbegin(); parent != message.parents.rend(); ++parent) {
      const auto known = parts.find(*parent);
      if (known == parts.end()) continue;
      for (auto& trailer : offered_trailers(message))
        if (seen.emplace(known->second, trailer).second)
          series.trailers.push_back({known->second, std::move(trailer), message.sender});
      break;
    }
  }
}

}  // namespace

Result<Series> read_series(const std::vector<RawSource>& sources, const IntakeOptions& options) {
  auto scratch = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-intake-");
  if (!scratch) return scratch.error();
  Series series;
  auto messages = read_messages(sources, options);
  if (!messages) return messages.error();
  auto selection = select_posting(*messages, options.version, name_of(sources));
  if (!selection) return selection.error();

  const Posting& posting = selection->posting;
  series.rfc = posting.rfc;
  series.resend = posting.resend;
  series.versions = selection->versions;
  series.version = posting.version;
  series.left_aside = std::move(selection->left_aside);

  Message& leader = (*messages)[posting.cover ? *posting.cover : posting.parts.begin()->second];
  if (!posting.cover)
    if (auto read = complete_message(leader, scratch->path()); !read) return read.error();
  series.title = leader.title;
  series.author = leader.author;
  if (posting.cover) {
    series.cover = cover_text(leader);
    series.cover_message_id = leader.message_id;
    take_footers(leader, series);
    take_answered(leader, series);
  }
  const auto range = range_of(posting, options, printable(series.title));
  if (!range) return range.error();
  for (int part = range->first; part <= range->last; ++part) {
    Message& message = (*messages)[posting.parts.at(part)];
    if (&message != &leader)
      if (auto read = complete_message(message, scratch->path()); !read) return read.error();
    take_footers(message, series);
    if (part == range->first && series.cover_message_id.empty()) take_answered(message, series);
    auto patch = make_patch(message, posting.version, part, posting.total, scratch->path());
    if (!patch) return patch.error();
    series.patches.push_back(std::move(*patch));
  }
  take_trailers(*messages, series);
  return series;
}

}  // namespace klab
