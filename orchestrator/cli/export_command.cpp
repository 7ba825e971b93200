// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/export_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ostream>

#include "cli/exit_codes.hpp"
#include "cli/page_copy.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* marker = ".klab-copy";
// The page of a matrix lists so many nights, and that of experiments more: nothing that was asked for is cut.
constexpr int most_newest = 60;

Result<std::optional<std::string>> page(Client& client, const std::string& target) {
  auto reply = client.get(target);
  if (!reply && client.last_status() == 404) return std::optional<std::string>();
  if (!reply) {
    Error error = reply.error();
    error.message = fmt::format("cannot copy \"{}\": {}", printable(target), error.message);
    return error;
  }
  return std::optional(std::move(reply->body));
}

// The first so many numbers that a page leads to in one room.
std::vector<std::string> numbers_in(const std::string& html, std::string_view room, std::size_t limit) {
  std::vector<std::string> out;
  for (const auto& link : links_of(html)) {
    if (!link.starts_with(room) || out.size() == limit) continue;
    const auto rest = link.substr(room.size());
    if (!rest.empty() && rest.find_first_not_of("0123456789") == std::string::npos) out.push_back(rest);
  }
  return out;
}

Result<CopyScope> scope_of(Client& client, const ExportOptions& options) {
  CopyScope scope;
  const auto limit = static_cast<std::size_t>(options.limit);
  for (const auto id : options.experiments) scope.experiments.insert(fmt::format("{}", id));
  for (const auto& name : options.matrices) scope.matrices.insert(percent_encoded(name));
  if (options.experiments.empty() && options.matrices.empty()) {
    auto newest = page(client, "/experiments?copy=1");
    if (!newest) return newest.error();
    for (auto& id : numbers_in(newest->value_or(""), "/experiments/", limit)) scope.experiments.insert(std::move(id));
    auto matrices = page(client, "/matrices?copy=1");
    if (!matrices) return matrices.error();
    for (const auto& link : links_of(matrices->value_or("")))
      if (link.starts_with("/matrices/")) scope.matrices.insert(link.substr(10));
    scope.all_experiments_of_nights = false;
  }
  for (const auto& name : scope.matrices) {
    auto nights = page(client, "/matrices/" + name + "?copy=1");
    if (!nights) return nights.error();
    if (!*nights) {
      const auto asked = std::find_if(options.matrices.begin(), options.matrices.end(), [&](auto& m) { return percent_encoded(m) == name; });
      return input_error("cannot export matrix \"{}\": it has had no night; klab matrix list tells which have",
                         printable(asked == options.matrices.end() ? name : *asked));
    }
    for (auto& id : numbers_in(**nights, "/nights/", limit)) scope.nights.insert(std::move(id));
  }
  return scope;
}

Error cannot_write(const fs::path& path, int error) {
  return input_error("cannot export to \"{}\": {}", path.string(), std::strerror(error));
}

// Nothing, an empty directory, or a copy may be replaced.
Result<bool> replaces(const fs::path& directory) {
  std::error_code error;
  const auto status = fs::symlink_status(directory, error);
  if (!fs::exists(status)) return false;
  const bool ours = fs::is_directory(status) && (fs::is_empty(directory, error) || fs::exists(directory / marker, error));
  if (!ours) return input_error("cannot export to \"{}\": something else is there; name another directory", directory.string());
  return true;
}

Result<void> put(const std::map<std::string, std::string>& files, const fs::path& directory) {
  auto replace = replaces(directory);
  if (!replace) return replace.error();
  const auto absolute = fs::absolute(directory).lexically_normal();
  const auto place = absolute.has_filename() ? absolute : absolute.parent_path();
  auto made = TemporaryDirectory::create(place.parent_path(), ".klab-export-");
  if (!made) return made.error();
  const auto fresh = made->path() / "copy";
  for (const auto& [file, content] : files) {
    if (auto ready = make_directories((fresh / file).parent_path()); !ready) return ready;
    if (auto written = write_file_atomic(fresh / file, content); !written) return written;
  }
  if (auto written = write_file_atomic(fresh / marker, "klab export made this directory and may replace it.\n"); !written)
    return written;
  std::error_code error;
  fs::permissions(fresh, fs::perms(0755), error);
  const int failed = *replace ? ::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE)
                              : ::rename(fresh.c_str(), place.c_str());
  if (failed != 0) return cannot_write(directory, errno);
  return {};
}

}  // namespace

void add_export_options(CLI::App& command, ExportOptions& options) {
  command.add_option("DIRECTORY", options.directory, "where the copy is to stand; an earlier copy there is replaced")->required();
  command
      .add_option("--experiments", options.experiments, "these experiments, with all their rows, boots and builds, such as 12,15")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N,...");
  command.add_option("--matrix", options.matrices, "this matrix with its newest nights and their experiments; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      .add_option("--limit", options.limit,
                  fmt::format("newest nights of each matrix, and newest experiments where none are named (default: 10; at most {}, "
                              "as many nights as the page of a matrix leads to)",
                              most_newest))
      ->check(CLI::Range(1, most_newest));
}

int export_command(Streams& streams, Client& client, const ExportOptions& options) {
  if (auto free = replaces(options.directory); !free) return fail(streams, free.error());
  auto scope = scope_of(client, options);
  if (!scope) return fail(streams, scope.error());
  auto files = copy_pages(std::move(*scope), [&](const std::string& target) { return page(client, target); });
  if (!files) return fail(streams, files.error());
  if (auto done = put(*files, options.directory); !done) return fail(streams, done.error());
  std::size_t bytes = 0;
  for (const auto& [file, content] : *files) bytes += content.size();
  if (options.json)
    streams.out << boost::json::serialize(
                       boost::json::object{{"directory", options.directory}, {"files", files->size()}, {"bytes", bytes}})
                << "\n";
  else
    streams.out << fmt::format("{} files, {:.1f} MiB: {}\n", files->size(), static_cast<double>(bytes) / (1 << 20),
                               (fs::path(options.directory) / "index.html").string());
  return 0;
}

}  // namespace klab::cli
