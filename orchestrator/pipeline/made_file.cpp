// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/made_file.hpp"

#include <spdlog/spdlog.h>

#include "util/file.hpp"
#include "util/hash.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

// What a killed klabd left unfinished; making one file takes seconds.
void remove_abandoned(const fs::path& directory) {
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(directory, ec)) {
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ec);
    if (!ec && entry.path().filename().string().starts_with("making-") && age > std::chrono::hours(1))
      fs::remove_all(entry.path(), ec);
  }
}

}  // namespace

boost::asio::awaitable<Result<fs::path>> made_file(MadeFile file, std::stop_token stop) {
  const fs::path path = file.directory / file.name;
  const fs::path checksum = fs::path(path).replace_extension(".sha256");
  if (auto wanted = read_file(checksum); wanted && fs::exists(path)) {
    auto found = sha256_file(path);
    if (!found) co_return found.error();
    std::error_code ignored;
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);  // what is used is not old; see gc.hpp
    if (*found == *wanted) co_return path;
    spdlog::warn("{} \"{}\" is damaged and made again", file.what, path.string());
  }
  if (auto made = make_directories(file.directory); !made) co_return made.error();
  remove_abandoned(file.directory);
  auto scratch = TemporaryDirectory::create(file.directory, "making-");
  if (!scratch) co_return scratch.error();
  ProcessSpec spec = file.command(scratch->path() / "made");
  const std::string program = spec.argv.front() == "sh" ? spec.argv.at(1) : spec.argv.front();
  spec.merge_stderr = true;
  spec.deadline = std::chrono::minutes(5);
  auto done = co_await run_process(std::move(spec), stop);
  if (!done) co_return done.error();
  if (!done->ok()) {
    auto error = lab_error("cannot make {} with \"{}\": {}", file.what, program, done->describe());
    error.tail = tail(done->out, 20);
    co_return error;
  }
  auto made = read_file(scratch->path() / "made");
  if (!made) co_return made.error();
  // The sum last: a file without one, or with another, was cut off while it was written.
  if (auto written = write_file_atomic(path, *made); !written) co_return written.error();
  if (auto written = write_file_atomic(checksum, sha256(*made)); !written) co_return written.error();
  co_return path;
}

}  // namespace klab
