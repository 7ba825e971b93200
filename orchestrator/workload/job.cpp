// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload/job.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <set>

#include "util/file.hpp"
#include "workload/folder.hpp"
#include "workload/names.hpp"

namespace klab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t archive_alignment = 512;  // the kernel wants 4 between archives; newc writers use 512
constexpr std::size_t most_workloads = 16;      // the runner's table has this size

// A newc archive in memory.
class Archive {
 public:
  Archive() : archive_(archive_write_new(), &archive_write_free) {
    archive_write_set_format_cpio_newc(archive_.get());
    archive_write_add_filter_none(archive_.get());
    archive_write_set_bytes_per_block(archive_.get(), archive_alignment);
    archive_write_open2(archive_.get(), &bytes_, nullptr, &append, nullptr, nullptr);
  }

  void add_directory(const std::string& name) { add(name, AE_IFDIR, 0755, {}); }
  void add_file(const std::string& name, bool executable, std::string_view content) {
    add(name, AE_IFREG, executable ? 0755 : 0644, content);
  }

  Result<std::string> close() {
    if (status_ == ARCHIVE_OK) status_ = archive_write_close(archive_.get());
    if (status_ != ARCHIVE_OK)
      return lab_error("cannot write a job image: {}", archive_error_string(archive_.get()));
    return std::move(bytes_);
  }

 private:
  static la_ssize_t append(archive*, void* to, const void* bytes, std::size_t length) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), length);
    return static_cast<la_ssize_t>(length);
  }

  void add(const std::string& name, unsigned type, int mode, std::string_view content) {
    if (status_ != ARCHIVE_OK) return;
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_nlink(entry.get(), 1);
    status_ = archive_write_header(archive_.get(), entry.get());
    if (status_ == ARCHIVE_OK && !content.empty() &&
        archive_write_data(archive_.get(), content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size()))
      status_ = ARCHIVE_FATAL;
  }

  std::string bytes_;
  std::unique_ptr<archive, decltype(&archive_write_free)> archive_;
  int status_ = ARCHIVE_OK;
};

bool stays_outside(const WorkloadDefinition& definition, const std::string& name) {
  return name == "workload.toml" || name.ends_with(".md") ||
         (!definition.module.empty() && name.starts_with(definition.module.generic_string() + "/")) ||
         (!definition.program.empty() && name.starts_with(definition.program.generic_string() + "/"));
}

Result<void> add_workload(Archive& archive, const JobWorkload& workload) {
  const WorkloadDefinition& definition = workload.run.definition;
  auto files = list_folder(definition.path);
  if (!files) return files.error();
  for (const fs::path& module : workload.modules)
    files->push_back({module.filename().string(), module, false});
  if (!workload.program.empty()) files->push_back({definition.binary_name(), workload.program, true});
  const std::string folder = "job/" + definition.name;
  std::set<std::string> names, directories;
  archive.add_directory(folder);
  for (const FolderFile& file : *files) {
    if (stays_outside(definition, file.name)) continue;
    if (!names.insert(file.name).second)
      return input_error("cannot write a job image: workload \"{}\" has two files \"{}\"", definition.name,
                         file.name);
    for (auto slash = file.name.find('/'); slash != file.name.npos; slash = file.name.find('/', slash + 1))
      if (const auto part = file.name.substr(0, slash); directories.insert(part).second)
        archive.add_directory(folder + "/" + part);
    auto content = read_file(file.path);
    if (!content) return content.error();
    archive.add_file(folder + "/" + file.name, file.executable, *content);
  }
  return {};
}

Result<void> check(const std::vector<JobWorkload>& workloads, std::string_view nonce) {
  std::set<std::string> names;
  if (workloads.empty() || workloads.size() > most_workloads)
    return input_error("cannot write a job image: {} workloads; a boot has 1 to {}", workloads.size(),
                       most_workloads);
  for (const JobWorkload& workload : workloads)
    if (!names.insert(workload.run.definition.name).second)
      return input_error("cannot write a job image: workload \"{}\" is named twice",
                         workload.run.definition.name);
  if (!is_case_name(nonce)) return lab_error("cannot write a job image: \"{}\" cannot be a nonce", nonce);
  return {};
}

}  // namespace

std::string job_configuration(const std::vector<JobWorkload>& workloads, const JobIdentity& identity) {
  // The runner's numbers are signed.
  std::string out = fmt::format("job 1\nnonce {}\nseed {}\n", identity.nonce, identity.seed & INT64_MAX);
  if (!identity.results.empty()) out += identity.results + "\n";
  if (identity.profile_hz > 0) out += fmt::format("profile {}\n", identity.profile_hz);
  for (const JobWorkload& workload : workloads) {
    const WorkloadRun& run = workload.run;
    out += fmt::format("workload {}\npasses {}\ntimeout {}\nrun {}\n", run.definition.name, run.passes,
                       run.pass_timeout.count(), run.definition.run);
    for (const std::string& name : run.definition.case_names())
      out += name.empty() ? std::string("case\n") : fmt::format("case {}\n", name);
    for (const auto& [name, value] : run.parameters) out += fmt::format("parameter {} {}\n", name, value);
  }
  return out + "end\n";
}

Result<void> write_job_image(const fs::path& out, const fs::path& base,
                             const std::vector<JobWorkload>& workloads, const JobIdentity& identity) {
  if (auto checked = check(workloads, identity.nonce); !checked) return checked.error();
  auto image = read_file(base);
  if (!image) return image.error();
  Archive archive;
  archive.add_directory("job");
  archive.add_file("job/job.conf", false, job_configuration(workloads, identity));
  for (const JobWorkload& workload : workloads)
    if (auto added = add_workload(archive, workload); !added) return added.error();
  auto job = archive.close();
  if (!job) return job.error();
  image->resize((image->size() + archive_alignment - 1) / archive_alignment * archive_alignment, '\0');
  return write_file_atomic(out, *image + *job);
}

}  // namespace klab
