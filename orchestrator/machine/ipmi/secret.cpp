// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/secret.hpp"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t longest = 20;  // what RMCP+ carries

Result<std::string> from_file(const HostSpec& host) {
  const std::string path = host.password_file.string();
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 0077) != 0)
    return input_error("cannot use the password of host \"{}\": \"{}\" can be read by others (mode {:04o}); chmod 600 it", host.name,
                       path, info.st_mode & 07777);
  auto text = read_file(host.password_file);
  if (!text) return input_error("cannot use the password of host \"{}\": {}", host.name, text.error().message);
  return text;
}

Result<std::string> from_command(const HostSpec& host) {
  ProcessSpec spec;
  spec.argv = host.password_command;
  spec.deadline = std::chrono::seconds(30);
  spec.output_limit = 4096;
  auto ran = run_process_blocking(std::move(spec));
  if (!ran) return input_error("cannot use the password of host \"{}\": {}", host.name, ran.error().message);
  if (!ran->ok())
    return input_error("cannot use the password of host \"{}\": password_command ended with {}: {}", host.name, ran->describe(),
                       printable(tail(ran->err, 1)));
  return std::move(ran->out);
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : text_(other.text_) { OPENSSL_cleanse(other.text_.data(), other.text_.size()); }
Secret::~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

Result<Secret> read_password(const HostSpec& host) {
  auto text = host.password_file.empty() ? from_command(host) : from_file(host);
  if (!text) return text.error();
  const Secret whole(std::move(*text));
  std::string_view word = whole.text();
  while (word.ends_with('\n') || word.ends_with('\r')) word.remove_suffix(1);
  if (word.empty() || word.size() > longest || word.find('\n') != word.npos)
    return input_error("cannot use the password of host \"{}\": IPMI 2.0 takes one line of 1 to {} bytes", host.name, longest);
  return Secret(std::string(word));
}

}  // namespace klab
