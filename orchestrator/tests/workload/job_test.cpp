// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/job.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "tests/workload/support.hpp"

namespace fs = std::filesystem;
using namespace klab;
using namespace klab::testing;

namespace {

// "name mode content" of every entry behind `skip` bytes.
std::vector<std::string> list(const fs::path& image, std::size_t skip) {
  const std::string bytes = read_file(image).value().substr(skip);
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_cpio(reader.get());
  REQUIRE(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) == ARCHIVE_OK);
  std::vector<std::string> out;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    archive_read_data(reader.get(), content.data(), content.size());
    CHECK(archive_entry_mtime(entry) == 0);
    CHECK(archive_entry_uid(entry) == 0);
    out.push_back(
        fmt::format("{} {:o} {}", archive_entry_pathname(entry), archive_entry_mode(entry), content));
  }
  return out;
}

WorkloadRun answer(std::string_view request = "answer") {
  return resolve(load_workload(data("answer")).value(), request).value();
}

}  // namespace

TEST_CASE("job.conf has every case and parameter") {
  const auto workqueue = load_workload(fs::path(KLAB_SOURCE_ROOT) / "workloads/workqueue").value();
  const std::vector<JobWorkload> jobs = {{resolve(workqueue, "workqueue").value(), {}}, {answer(), {}}};
  CHECK(job_configuration(jobs, {"n1", 7}) ==
        "job 1\nnonce n1\nseed 7\n"
        "workload workqueue\npasses 3\ntimeout 60\nrun run\n"
        "case cpu\ncase smt\ncase cache_shard\ncase cache\ncase numa\ncase system\n"
        "parameter source own\nparameter threads 0\nparameter wq_items 5000\n"
        "workload answer\npasses 2\ntimeout 60\nrun run\ncase\nparameter value 42\nend\n");
}

TEST_CASE("job.conf asks for a profile where one is wanted") {
  CHECK(job_configuration({{answer(), {}}}, {"n1", 7, 997}).starts_with("job 1\nnonce n1\nseed 7\nprofile 997\nworkload answer\n"));
}

TEST_CASE("an image is the base and, aligned, the job") {
  const auto scratch_folder = scratch();
  const fs::path base = scratch_folder.path() / "base", out = scratch_folder.path() / "out";
  const fs::path module = scratch_folder.path() / "some/where/thing.ko";
  put(base, "BASE!");
  put(module, "elf");
  REQUIRE(write_job_image(out, base, {{answer(), {module}}}, {"n1", 5}).has_value());
  const std::string image = read_file(out).value();
  CHECK(image.size() % 512 == 0);
  CHECK(image.substr(0, 512) == "BASE!" + std::string(507, '\0'));
  CHECK(image.substr(512, 6) == "070701");
  const std::string run = read_file(data("answer") / "run").value();
  CHECK(list(out, 512) == std::vector<std::string>{"job 40755 ",
                                                   "job/job.conf 100644 job 1\nnonce n1\nseed 5\nworkload "
                                                   "answer\npasses 2\ntimeout 60\nrun run\ncase\n"
                                                   "parameter value 42\nend\n",
                                                   "job/answer 40755 ", "job/answer/run 100755 " + run,
                                                   "job/answer/word.txt 100644 one line\n",
                                                   "job/answer/thing.ko 100644 elf"});
  const fs::path again = scratch_folder.path() / "again";
  REQUIRE(write_job_image(again, base, {{answer(), {module}}}, {"n1", 5}).has_value());
  CHECK(read_file(again).value() == image);
}

TEST_CASE("the sources of a module stay outside") {
  const auto scratch_folder = scratch();
  const fs::path base = scratch_folder.path() / "base", out = scratch_folder.path() / "out";
  put(base, std::string(512, '\0'));
  const auto workqueue = load_workload(fs::path(KLAB_SOURCE_ROOT) / "workloads/workqueue").value();
  REQUIRE(write_job_image(out, base, {{resolve(workqueue, "workqueue").value(), {}}}, {"n1", 5}).has_value());
  const auto entries = list(out, 512);
  REQUIRE(entries.size() == 4);
  CHECK(entries[3].starts_with("job/workqueue/run 100755 #!/bin/sh\n"));
}

TEST_CASE("what cannot be written says why") {
  const auto scratch_folder = scratch();
  const fs::path base = scratch_folder.path() / "base", out = scratch_folder.path() / "out";
  put(base, "b");
  const auto refusal = [&](const std::vector<JobWorkload>& jobs, std::string_view nonce) {
    const auto written = write_job_image(out, base, jobs, {std::string(nonce), 1});
    REQUIRE(written.has_error());
    CHECK_FALSE(fs::exists(out));
    return written.error().message;
  };
  CHECK(refusal({}, "n") == "cannot write a job image: 0 workloads; a boot has 1 to 16");
  CHECK(refusal({{answer(), {}}, {answer(), {}}}, "n") ==
        "cannot write a job image: workload \"answer\" is named twice");
  CHECK(refusal({{answer(), {}}}, "n\nend") == "cannot write a job image: \"n\nend\" cannot be a nonce");
  CHECK(refusal({{answer(), {data("answer") / "run"}}}, "n") ==
        "cannot write a job image: workload \"answer\" has two files \"run\"");
}
