// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/series.hpp"
#include "util/file.hpp"
#include "util/process.hpp"

namespace Catch {
// A failed check on a Result shows its error.
template <class T>
struct StringMaker<klab::Result<T>> {
  static std::string convert(const klab::Result<T>& result) {
    return result ? "a value" : result.error().message + "\n" + result.error().tail;
  }
};
}  // namespace Catch

namespace klab::test {

// Runs one coroutine to its end on a reactor of its own.
template <class T>
T finish(boost::asio::awaitable<T> job) {
  boost::asio::io_context reactor(1);
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(reactor, std::move(job), [&](std::exception_ptr e, T value) {
    thrown = e;
    result.emplace(std::move(value));
  });
  reactor.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

// A shell script's output; the test fails where the script does.
inline std::string shell(const std::string& script, const std::filesystem::path& directory) {
  ProcessSpec spec;
  spec.argv = {"sh", "-e", "-c", script};
  spec.working_directory = directory;
  spec.merge_stderr = true;
  spec.environment = std::vector<std::string>{
      "PATH=/usr/bin:/bin",       "HOME=/nonexistent",           "LC_ALL=C",
      "GIT_CONFIG_NOSYSTEM=1",    "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann",
      "GIT_AUTHOR_EMAIL=a@b.org", "GIT_COMMITTER_NAME=Ann",      "GIT_COMMITTER_EMAIL=a@b.org"};
  auto ended = run_process_blocking(std::move(spec));
  REQUIRE(ended);
  INFO(ended->out);
  REQUIRE(ended->ok());
  return ended->out;
}

inline void write(const std::filesystem::path& path, const std::string& text) {
  REQUIRE(make_directories(path.parent_path()));
  REQUIRE(write_file_atomic(path, text));
}

inline TemporaryDirectory scratch() {
  auto made = TemporaryDirectory::create(std::filesystem::temp_directory_path(), "klab-build-");
  REQUIRE(made);
  return std::move(*made);
}

// A git repository with one commit of `files`; gives the commit.
inline std::string make_repository(const std::filesystem::path& directory,
                                   const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files) write(directory / name, text);
  return shell("git init -q . && git add -f -A && git commit -q -m base && git rev-parse HEAD", directory)
      .substr(0, 40);
}

// The patch that `git format-patch` writes for what `script` changes in a clone of the repository.
inline Patch make_patch(const std::filesystem::path& repository, const std::filesystem::path& clone,
                        const std::string& subject, const std::string& script, int number = 1) {
  if (!std::filesystem::exists(clone))
    shell("git clone -q '" + repository.string() + "' '" + clone.string() + "'", "/");
  Patch patch;
  patch.number = number;
  patch.subject = subject;
  patch.date = "in the mail";
  patch.mail = shell("(" + script + ") && git add -f -A && git commit -q -m '" + subject +
                         "' && git format-patch -1 --stdout",
                     clone);
  return patch;
}

}  // namespace klab::test
