#include "operator/kube/credentials.hpp"

#include <nlohmann/json.hpp>

#include "operator/io/files.hpp"
#include "operator/io/process.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::kube {
namespace {

constexpr std::chrono::seconds kTokenFileAge{60};
constexpr std::chrono::seconds kExpiryMargin{60};
constexpr std::size_t kLargestToken = 1u << 20;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

TokenFileCredentials::TokenFileCredentials(std::string path, const io::Clock& clock, Credential rest)
    : path_(std::move(path)), clock_(clock), credential_(std::move(rest)) {}

Result<Credential> TokenFileCredentials::current() {
  std::lock_guard lock(mutex_);
  const auto now = clock_.monotonic();
  if (read_at_ && now - *read_at_ < kTokenFileAge) return credential_;
  auto content = io::read_file(path_, kLargestToken);
  const std::string token = content ? trimmed(*content) : std::string();
  if (!token.empty()) {
    credential_.token = token;
    read_at_ = now;
  } else if (credential_.token.empty()) {
    return content ? Error{ErrorKind::kInvalid, "token file " + path_ + " is empty"} : content.error();
  }
  return credential_;
}

void TokenFileCredentials::invalidate() {
  std::lock_guard lock(mutex_);
  read_at_.reset();
}

Result<ExecAnswer> parse_exec_credential(const std::string& text, const std::string& api_version) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object() || text_member(object, "kind") != "ExecCredential")
    return Error{ErrorKind::kInvalid, "exec plugin: the output is no ExecCredential"};
  if (text_member(object, "apiVersion") != api_version)
    return Error{ErrorKind::kInvalid, "exec plugin: the output is of another apiVersion than " + api_version};
  const auto status = object.find("status");
  if (status == object.end() || !status->is_object())
    return Error{ErrorKind::kInvalid, "exec plugin: the output has no status"};
  ExecAnswer answer;
  answer.credential = {text_member(*status, "token"), text_member(*status, "clientCertificateData"),
                       text_member(*status, "clientKeyData")};
  if (answer.credential.client_cert_pem.empty() != answer.credential.client_key_pem.empty())
    return Error{ErrorKind::kInvalid, "exec plugin: clientCertificateData and clientKeyData go together"};
  if (answer.credential.token.empty() && answer.credential.client_cert_pem.empty())
    return Error{ErrorKind::kInvalid, "exec plugin: the output holds neither token nor certificate"};
  answer.expires = parse_time(text_member(*status, "expirationTimestamp"));
  return answer;
}

ExecCredentials::ExecCredentials(ExecPlugin plugin, const io::Clock& clock) : plugin_(std::move(plugin)), clock_(clock) {}

Result<Credential> ExecCredentials::current() {
  std::lock_guard lock(mutex_);
  if (answer_ && (!answer_->expires || clock_.wall() + kExpiryMargin < *answer_->expires)) return answer_->credential;
  Json input{{"apiVersion", plugin_.api_version}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}};
  if (!plugin_.cluster_json.empty()) input["spec"]["cluster"] = Json::parse(plugin_.cluster_json, nullptr, false);
  io::ProgramCall call{plugin_.command, plugin_.args, plugin_.env};
  call.env.emplace_back("KUBERNETES_EXEC_INFO", input.dump());
  auto output = io::run_program(call);
  if (!output) return output.error();
  auto answer = parse_exec_credential(*output, plugin_.api_version);
  if (!answer) return answer.error();
  answer_ = std::move(*answer);
  return answer_->credential;
}

void ExecCredentials::invalidate() {
  std::lock_guard lock(mutex_);
  answer_.reset();
}

}  // namespace spillway::kube
