// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/job_failure.hpp"

#include <algorithm>
#include <cstdlib>

#include "build/blame.hpp"
#include "build/first_cause.hpp"
#include "build/usage.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

// What building a kernel takes from the host. Anything else that is not found was never promised.
struct Need {
  const char* subject;  // of a FirstCause: a program or a header
  const char* file;     // below /usr
  const char* package;
};
constexpr Need needs[] = {
    {"bc", "bin/bc", "bc"},
    {"bison", "bin/bison", "bison"},
    {"bzip2", "bin/bzip2", "bzip2"},
    {"cpio", "bin/cpio", "cpio"},
    {"flex", "bin/flex", "flex"},
    {"gcc", "bin/gcc", "gcc"},
    {"gzip", "bin/gzip", "gzip"},
    {"ld", "bin/ld", "binutils"},
    {"lz4", "bin/lz4", "lz4"},
    {"openssl", "bin/openssl", "openssl"},
    {"pahole", "bin/pahole", "dwarves"},
    {"perl", "bin/perl", "perl"},
    {"python3", "bin/python3", "python3"},
    {"rsync", "bin/rsync", "rsync"},
    {"xz", "bin/xz", "xz-utils"},
    {"zstd", "bin/zstd", "zstd"},
    {"libelf-dev", "include/libelf.h", "libelf-dev"},
    {"libelf.h", "include/libelf.h", "libelf-dev"},
    {"gelf.h", "include/gelf.h", "libelf-dev"},
    {"openssl/opensslv.h", "include/openssl/opensslv.h", "libssl-dev"},
    {"openssl/bio.h", "include/openssl/bio.h", "libssl-dev"},
    {"openssl/evp.h", "include/openssl/evp.h", "libssl-dev"},
};

const Need* missing_here(const std::string& subject) {
  std::error_code ignored;
  const auto need =
      std::find_if(std::begin(needs), std::end(needs), [&](const Need& n) { return subject == n.subject; });
  return need != std::end(needs) && !fs::exists(fs::path("/usr") / need->file, ignored) ? need : nullptr;
}

constexpr std::uint64_t kFull = 64ull << 20;  // bytes free on a disk that counts as full
constexpr std::size_t kTail = 32u << 10;      // bytes of output in an error; a line may have no end

std::optional<LimitKind> limit_behind(const FirstCause& cause, const FailureContext& context) {
  if (cause.what == "processes") return LimitKind::processes;
  if (cause.what == "disk" && free_bytes(context.cache) < kFull) return LimitKind::host_disk;
  if (cause.what != "memory") return std::nullopt;
  if (cause.lab)
    return host_out_of_memory_kills() > context.kills ? std::optional(LimitKind::host_memory) : std::nullopt;
  return context.grouped ? std::nullopt : std::optional(LimitKind::memory);
}

std::string remedy(const FirstCause& cause, const FailureContext& context) {
  if (cause.what == "file size")
    return fmt::format(
        "; one file may have {}: raise disk under [build] in klab.toml if this kernel needs more",
        exact_size(std::min<std::uint64_t>(4ull << 30, context.limits.disk)));
  if (cause.what == "disk") return "; the build filled its own /tmp, or a file system of its own";
  if (cause.what == "outside") return "; a build can write below its own tree only";
  if (cause.what == "network") return "; a build has no network";
  return {};
}

Error error_of(const FailureContext& context, const Contained& ended,
               const std::optional<FirstCause>& cause) {
  if (ended.hit) {
    const auto text = limit_text(*ended.hit, context.limits, context.cache.string());
    return make_error(is_lab(*ended.hit) ? ErrorKind::lab : ErrorKind::failed, "cannot {}: {}",
                      context.purpose, text);
  }
  const ProcessResult& process = ended.process;
  if (!process.begun) {
    // Nothing of the build has run: bwrap, mount or unshare spoke, or was ended.
    const std::string words = printable(trim(process.out.substr(0, process.out.find('\n'))));
    return lab_error("cannot {}: {}", context.purpose, words.empty() ? process.describe() : words);
  }
  if (!cause) return failed_error("cannot {}: {}", context.purpose, process.describe());
  if (const auto limit = limit_behind(*cause, context))
    return make_error(is_lab(*limit) ? ErrorKind::lab : ErrorKind::failed, "cannot {}: {} ({})",
                      context.purpose, limit_text(*limit, context.limits, context.cache.string()),
                      cause->text());
  if (const Need* need = missing_here(cause->subject))
    return lab_error("cannot {}: {}: this host lacks it; install it with: apt-get install {}",
                     context.purpose, cause->text(), need->package);
  std::string blamed = blame(*cause, context.patches);
  if (!blamed.empty()) blamed = " (" + blamed + ")";
  return failed_error("cannot {}: {}{}{}", context.purpose, cause->text(), blamed, remedy(*cause, context));
}

}  // namespace

Error step_failure(const FailureContext& context, const Contained& ended) {
  const std::string_view out = ended.process.out;
  const auto cause = ended.hit ? std::nullopt : first_cause(out);
  Error error = error_of(context, ended, cause);
  error.tail = printable_lines(tail(out.substr(out.size() - std::min(out.size(), kTail)), 30));
  return error;
}

std::uint64_t host_out_of_memory_kills() {
  auto text = read_file("/proc/vmstat");
  if (!text) return 0;
  for (const std::string& line : split_lines(*text))
    if (line.starts_with("oom_kill ")) return std::strtoull(line.c_str() + 9, nullptr, 10);
  return 0;
}

Error explain_disk(Error error, const std::string& purpose, const fs::path& cache) {
  if (error.kind == ErrorKind::stopped) return error;
  const std::uint64_t left = free_bytes(cache);
  // A patch that does not apply for want of room is not the patch's fault.
  if (error.kind == ErrorKind::failed && left >= kFull) return error;
  const std::string words = error.message + "\n" + error.tail;
  auto says = [&words](const char* part) { return words.find(part) != std::string::npos; };
  const char* why = nullptr;
  const char* what = nullptr;
  if (says("No space left on device") || (error.kind == ErrorKind::lab && left < 1u << 20))
    why = "is full", what = "make room there";
  else if (says("Disk quota exceeded"))
    why = "is over its quota", what = "make room there";
  else if (says("Read-only file system"))
    why = "is read-only", what = "mount it read-write";
  if (!why) return error;
  if (!error.tail.empty()) error.tail += "\n";
  error.tail += error.message;
  error.kind = ErrorKind::lab;
  error.message =
      fmt::format("cannot {}: the disk of \"{}\" {}: {}, or set cache in klab.toml to another disk", purpose,
                  cache.string(), why, what);
  return error;
}

}  // namespace klab
