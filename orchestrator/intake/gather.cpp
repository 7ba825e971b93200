// SPDX-License-Identifier: GPL-3.0-or-later
#include "intake/gather.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "intake/git_range.hpp"
#include "intake/lore.hpp"
#include "util/fd.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_bytes = 64u << 20;
constexpr std::size_t most_files = 20'000;

class Gatherer {
 public:
  Gatherer(std::string_view standard_input, const fs::path& repository)
      : standard_input_(standard_input), repository_(repository) {}

  Result<void> add(const std::string& argument) {
    if (argument == "-") return keep({"standard input", std::string(standard_input_)});
    std::error_code error;
    const auto status = fs::status(argument, error);
    if (fs::is_directory(status)) return add_directory(argument);
    if (fs::exists(status)) return add_file(argument);
    if (looks_like_archived_mail(argument)) {
      auto thread = fetch_thread(argument);
      if (!thread) return thread.error();
      return keep(std::move(*thread));
    }
    if (!looks_like_range(argument))
      return input_error("cannot read \"{}\": neither a file, a directory, a Message-ID, nor a git range in \"{}\"",
                         printable(argument), printable(repository_.string()));
    auto source = read_git_range(argument, repository_);
    if (!source) return source.error();
    return keep(std::move(*source));
  }

  std::vector<RawSource> take() { return std::move(sources_); }

 private:
  Result<void> keep(RawSource source) {
    bytes_ += source.bytes.size();
    if (bytes_ > most_bytes)
      return input_error("cannot read \"{}\": more than {} MiB of mail", printable(source.name),
                         most_bytes >> 20);
    if (sources_.size() >= most_files)
      return input_error("cannot read \"{}\": more than {} files", printable(source.name), most_files);
    sources_.push_back(std::move(source));
    return {};
  }

  // Reads no further than what is still allowed: the name may be that of a pipe or a device.
  Result<void> add_file(const std::string& name) {
    UniqueFd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return input_error("cannot read \"{}\": {}", printable(name), std::strerror(errno));
    std::string bytes;
    std::string buffer(1 << 16, '\0');
    while (bytes.size() <= most_bytes) {
      const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return input_error("cannot read \"{}\": {}", printable(name), std::strerror(errno));
      if (n == 0) break;
      bytes.append(buffer.data(), static_cast<std::size_t>(n));
    }
    if (bytes.substr(0, 2) == "\x1F\x8B") {
      auto plain = unzip(name, std::move(bytes));
      if (!plain) return plain.error();
      bytes = std::move(*plain);
    }
    return keep({name, std::move(bytes)});
  }

  // Archives hand out threads as t.mbox.gz.
  Result<std::string> unzip(const std::string& name, std::string bytes) {
    ProcessSpec spec;
    spec.argv = {"gzip", "-dc"};
    spec.standard_input = std::move(bytes);
    spec.deadline = std::chrono::seconds(30);
    spec.output_limit = most_bytes;
    auto ran = run_process_blocking(std::move(spec));
    if (!ran) return ran.error();
    if (ran->out_cut)
      return input_error("cannot read \"{}\": more than {} MiB of mail", printable(name), most_bytes >> 20);
    if (!ran->ok())
      return input_error("cannot read \"{}\": gzip: {}", printable(name), printable(trim(ran->err)));
    return std::move(ran->out);
  }

  static Result<std::vector<fs::path>> files_in(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      if (!entry->is_regular_file(ignored) || entry->path().filename().string()[0] == '.') continue;
      files.push_back(entry->path());
      if (files.size() > most_files)
        return input_error("cannot read \"{}\": more than {} files", printable(directory.string()),
                           most_files);
    }
    if (error) return input_error("cannot read \"{}\": {}", printable(directory.string()), error.message());
    std::sort(files.begin(), files.end());
    return files;
  }

  Result<void> add_directory(const std::string& name) {
    const fs::path directory(name);
    std::error_code ignored;
    const bool maildir =
        fs::is_directory(directory / "cur", ignored) || fs::is_directory(directory / "new", ignored);
    std::vector<fs::path> found;
    for (const auto& place :
         maildir ? std::vector{directory / "cur", directory / "new"} : std::vector{directory}) {
      if (!fs::is_directory(place, ignored)) continue;
      auto files = files_in(place);
      if (!files) return files.error();
      for (auto& file : *files) {
        const auto extension = file.extension();
        if (maildir || extension == ".patch" || extension == ".mbox" || extension == ".eml" ||
            extension == ".diff" || extension == ".mbx" || file.filename().string().find(".mbox.") != std::string::npos)
          found.push_back(std::move(file));
      }
    }
    if (found.empty())
      return input_error(
          "cannot read \"{}\": {}", printable(name),
          maildir ? "a Maildir without messages" : "a directory without *.patch files, and no Maildir");
    for (const auto& file : found)
      if (auto added = add_file(file.string()); !added) return added;
    return {};
  }

  std::string_view standard_input_;
  const fs::path& repository_;
  std::size_t bytes_ = 0;
  std::vector<RawSource> sources_;
};

}  // namespace

Result<std::vector<RawSource>> gather(const std::vector<std::string>& arguments,
                                      std::string_view standard_input,
                                      const fs::path& repository_for_ranges) {
  if (arguments.empty())
    return input_error(
        "cannot read a series: no file, directory, Message-ID or git range was named; \"-\" reads standard input");
  Gatherer gatherer(standard_input, repository_for_ranges);
  for (const auto& argument : arguments)
    if (auto added = gatherer.add(argument); !added) return added.error();
  return gatherer.take();
}

}  // namespace klab
