// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/git.hpp"

#include "util/text.hpp"

namespace klab {

ProcessSpec git_process(const GitCall& call) {
  constexpr const char* kDate = "946684800 +0000";  // 2000-01-01, so that equal content is an equal commit
  ProcessSpec spec;
  spec.argv = {"git",
               "-c",
               "core.hooksPath=/dev/null",
               "-c",
               "gc.auto=0",
               "-c",
               "maintenance.auto=false",
               "-c",
               "commit.gpgSign=false",
               "-c",
               "core.fsmonitor=false",
               "-c",
               "advice.detachedHead=false",
               // Ids come again: an object that a power cut has emptied would be there for ever.
               "-c",
               "core.fsync=committed,reference",
               "-c",
               "core.fsyncMethod=batch"};
  if (call.work_tree.empty()) {
    spec.argv.insert(spec.argv.end(), {"-c", "safe.directory=" + call.git_dir.string()});
  }
  spec.argv.insert(spec.argv.end(), call.arguments.begin(), call.arguments.end());
  spec.environment = std::vector<std::string>{"PATH=/usr/local/bin:/usr/bin:/bin",
                                              "HOME=/nonexistent",
                                              "LC_ALL=C",
                                              "TZ=UTC",
                                              "GIT_CONFIG_NOSYSTEM=1",
                                              "GIT_CONFIG_GLOBAL=/dev/null",
                                              "GIT_TERMINAL_PROMPT=0",
                                              "GIT_NO_REPLACE_OBJECTS=1",
                                              "GIT_AUTHOR_NAME=klab",
                                              "GIT_AUTHOR_EMAIL=klab@localhost",
                                              std::string("GIT_AUTHOR_DATE=") + kDate,
                                              "GIT_COMMITTER_NAME=klab",
                                              "GIT_COMMITTER_EMAIL=klab@localhost",
                                              std::string("GIT_COMMITTER_DATE=") + kDate,
                                              "GIT_DIR=" + call.git_dir.string()};
  if (!call.work_tree.empty()) spec.environment->push_back("GIT_WORK_TREE=" + call.work_tree.string());
  if (!call.object_directory.empty())
    spec.environment->push_back("GIT_OBJECT_DIRECTORY=" + call.object_directory.string());
  if (!call.index_file.empty()) spec.environment->push_back("GIT_INDEX_FILE=" + call.index_file.string());
  spec.working_directory = call.work_tree;
  spec.standard_input = call.input;
  spec.merge_stderr = call.merge_stderr;
  return spec;
}

boost::asio::awaitable<Result<std::string>> git_output(GitCall call, std::string purpose,
                                                       std::stop_token stop) {
  auto spec = git_process(call);
  auto ended = co_await run_process(std::move(spec), stop);
  if (!ended) co_return ended.error();
  if (!ended->ok()) {
    Error error = lab_error("cannot {}: git: {}", purpose, ended->describe());
    error.tail = tail(call.merge_stderr ? ended->out : ended->err, 20);
    co_return error;
  }
  co_return std::move(ended->out);
}

}  // namespace klab
