// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/log.hpp"

#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/fd.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr char kVariable[] = "LIBVIRT_LOG_OUTPUTS";
constexpr int kPipeBytes = 1 << 20;  // libvirt must never wait for our reading

}  // namespace

LibvirtLog::LibvirtLog(boost::asio::any_io_executor executor) : pipe_(std::move(executor)) {
  virSetErrorFunc(nullptr, [](void*, virErrorPtr error) {
    if (error && error->message) spdlog::debug("libvirt: {}", printable(error->message));
  });
  int ends[2];
  if (::getenv(kVariable) || ::pipe2(ends, O_CLOEXEC) != 0) {
    virInitialize();
    return;
  }
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  ::fcntl(writer.get(), F_SETPIPE_SZ, kPipeBytes);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string outputs = fmt::format("3:file:/proc/self/fd/{}", writer.get());
  ::setenv(kVariable, outputs.c_str(), 1);
  virInitialize();
  ::unsetenv(kVariable);
  pipe_.assign(reader.release());
  read();
}

void LibvirtLog::stop() {
  boost::system::error_code ignored;
  pipe_.close(ignored);
}

void LibvirtLog::read() {
  const auto take = [this](boost::system::error_code error, std::size_t size) {
    if (error) return;
    pending_.append(buffer_, size);
    for (std::size_t end; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1))
      spdlog::debug("libvirt: {}", printable(pending_.substr(0, end)));
    if (pending_.size() > sizeof buffer_) pending_.clear();
    read();
  };
  pipe_.async_read_some(boost::asio::buffer(buffer_), take);
}

}  // namespace klab
