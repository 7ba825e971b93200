// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/calls.hpp"

#include <libvirt/virterror.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "machine/libvirt/domain_xml.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab::libvirt {
namespace {

struct FreeDomain {
  void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
using Domain = std::unique_ptr<virDomain, FreeDomain>;

std::string last_error() {
  const virErrorPtr error = virGetLastError();
  return error && error->message ? printable(error->message) : "libvirt gives no reason";
}

int last_error_code() {
  const virErrorPtr error = virGetLastError();
  return error ? error->code : VIR_ERR_OK;
}

std::string version_text(unsigned long version) {
  return fmt::format("{}.{}.{}", version / 1'000'000, version / 1'000 % 1'000, version % 1'000);
}

// Libvirt caches what it found out about QEMU under a key that includes this processor's cpuid, and looks
// again (seconds) when that changes; on hosts whose processors differ the thread must stay on one.
class PinnedToOneCpu {
 public:
  PinnedToOneCpu() {
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      pinned_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
      return;
    }
  }
  ~PinnedToOneCpu() {
    if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  cpu_set_t before_;
  bool pinned_ = false;
};

// By the names that machines have for it.
std::string host_architecture(const char* libvirts) {
  return std::string_view(libvirts) == "aarch64" ? "arm64" : printable(libvirts);
}

Result<void> destroy(const Domain& domain, const std::string& name) {
  // "Device or resource busy": QEMU sits in the kernel and is not gone yet; the next try waits again.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (virDomainDestroy(domain.get()) == 0) return {};
    const int code = last_error_code();
    if (code == VIR_ERR_NO_DOMAIN || code == VIR_ERR_OPERATION_INVALID) return {};
    if (code != VIR_ERR_SYSTEM_ERROR) break;
  }
  return lab_error("cannot destroy domain \"{}\": {}", name, last_error());
}

}  // namespace

std::string embed_uri(const std::filesystem::path& root) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "qemu:///embed?root=";
  for (const unsigned char c : root.string()) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("/-_.~").find(static_cast<char>(c)) != std::string_view::npos;
    if (plain) {
      uri += static_cast<char>(c);
    } else {
      uri += '%';
      uri += kHex[c >> 4];
      uri += kHex[c & 15];
    }
  }
  return uri;
}

Result<void> prepare_embed_root(const std::filesystem::path& root) {
  // Of a QEMU monitor's socket, below the root: lib/qemu/domain-<number>-<20 characters>/monitor.sock.
  constexpr std::size_t kLongestRoot = 107 - 55;
  if (!root.is_absolute() || root.string().size() > kLongestRoot)
    return input_error("cannot use \"{}\" as root of the embedded libvirt driver: it must be an absolute "
                       "path of at most {} characters, because of the sockets below it",
                       printable(root.string()), kLongestRoot);
  if (auto made = make_directories(root / "etc"); !made) return made.error();
  std::string text =
      "stdio_handler = \"file\"\n"
      "security_driver = \"none\"\n"
      "dynamic_ownership = 0\n"
      "remember_owner = 0\n"
      "namespaces = [ ]\n"
      "cgroup_controllers = [ ]\n";
  if (::geteuid() == 0) text += "user = \"root\"\ngroup = \"root\"\n";
  return write_file_atomic(root / "etc" / "qemu.conf", text);
}

Result<virConnectPtr> open(const std::string& uri) {
  const PinnedToOneCpu pinned;
  virConnectPtr connection = virConnectOpen(uri.c_str());
  if (!connection) {
    const std::string cause = last_error();
    if (cause.find("acquire pid file") != std::string::npos)
      return lab_error("cannot open libvirt \"{}\": another process has this root in use; stop it, or give "
                       "this lab a state directory of its own",
                       uri);
    if (cause.find("'libvirt-qemu'") != std::string::npos)
      return lab_error("cannot open libvirt \"{}\": run as root, it asks for a user and a group "
                       "libvirt-qemu, which this system lacks; make them (adduser --system --group "
                       "libvirt-qemu), or run as an ordinary user",
                       uri);
    return lab_error("cannot open libvirt \"{}\": {}", uri, cause);
  }
  // Where the driver knows no keep-alive (it is in this process) there is nobody to lose.
  virConnectSetKeepAlive(connection, 2, 3);
  return connection;
}

void close(virConnectPtr connection) { virConnectClose(connection); }

Result<void> create(virConnectPtr connection, const std::string& name, const std::string& xml,
                    bool autodestroy) {
  const unsigned flags = autodestroy ? VIR_DOMAIN_START_AUTODESTROY : 0;
  const Domain domain(virDomainCreateXML(connection, xml.c_str(), flags));
  if (!domain) return lab_error("cannot start domain \"{}\": {}", name, last_error());
  return {};
}

Result<void> destroy(virConnectPtr connection, const std::string& name) {
  const Domain domain(virDomainLookupByName(connection, name.c_str()));
  if (domain) return destroy(domain, name);
  if (last_error_code() == VIR_ERR_NO_DOMAIN) return {};
  return lab_error("cannot destroy domain \"{}\": {}", name, last_error());
}

Result<void> inject_nmi(virConnectPtr connection, const std::string& name) {
  const Domain domain(virDomainLookupByName(connection, name.c_str()));
  if (!domain || virDomainInjectNMI(domain.get(), 0) != 0)
    return lab_error("cannot interrupt domain \"{}\": {}", name, last_error());
  return {};
}

Result<int> destroy_leftovers(virConnectPtr connection, bool embedded, const std::string& lab) {
  virDomainPtr* list = nullptr;
  const int count = virConnectListAllDomains(connection, &list, 0);
  if (count < 0) return lab_error("cannot list the domains of libvirt: {}", last_error());
  Result<void> outcome;
  int destroyed = 0;
  for (int i = 0; i < count; ++i) {
    const Domain domain(list[i]);
    const std::string name = virDomainGetName(domain.get());
    if (!name.starts_with("klab-")) continue;
    if (!embedded) {
      char* metadata = virDomainGetMetadata(domain.get(), VIR_DOMAIN_METADATA_ELEMENT,
                                            std::string(kMetadataNamespace).c_str(), 0);
      const bool ours = metadata && std::string_view(metadata).find(lab) != std::string_view::npos;
      ::free(metadata);
      if (!ours) continue;
    }
    auto result = destroy(domain, name);
    if (result)
      ++destroyed;
    else
      outcome = result;
  }
  ::free(list);
  if (!outcome) return outcome.error();
  return destroyed;
}

Result<bool> offers_kvm(virConnectPtr connection, Architecture architecture) {
  const char* arch = architecture == Architecture::arm64 ? "aarch64" : "x86_64";
  char* text = virConnectGetDomainCapabilities(connection, nullptr, arch, nullptr, "kvm", 0);
  const bool offered = text != nullptr;
  ::free(text);
  return offered;
}

Result<std::map<std::string, std::string>> facts(virConnectPtr connection) {
  unsigned long hypervisor = 0, library = 0;
  virNodeInfo node{};
  if (virConnectGetVersion(connection, &hypervisor) != 0 ||
      virConnectGetLibVersion(connection, &library) != 0 || virNodeGetInfo(connection, &node) != 0)
    return lab_error("cannot ask libvirt about its host: {}", last_error());
  return std::map<std::string, std::string>{{"qemu", version_text(hypervisor)},
                                            {"libvirt", version_text(library)},
                                            {"architecture", host_architecture(node.model)},
                                            {"cpu", printable(node.model)},
                                            {"cpus", std::to_string(node.cpus)}};
}

}  // namespace klab::libvirt
