#include "operator/http/kubernetes_authorizer.hpp"

#include <openssl/evp.h>

namespace spillway::http {
namespace {

constexpr std::size_t kLongestToken = 16 * 1024;

std::string digest_of(const std::string& token) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(token.data(), token.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
  digest.resize(size);
  return digest;
}

/// What is worth remembering is an answer, not that there was none.
template <typename T>
bool is_answer(const Result<T>& result) {
  return result || result.error().kind != ErrorKind::kTransient;
}

}  // namespace

KubernetesAuthorizer::KubernetesAuthorizer(kube::RestClient& rest, const io::Clock& clock)
    : rest_(rest), users_(clock, kAge), permissions_(clock, kAge) {}

Result<kube::UserInfo> KubernetesAuthorizer::user_of(const std::string& token, const std::string& digest) {
  if (auto known = users_.find(digest)) return *known;
  auto user = kube::review_token(rest_, token);
  if (is_answer(user)) users_.keep(digest, user);
  return user;
}

Result<Caller> KubernetesAuthorizer::admit(const std::string& token, const kube::AccessAttributes& access) {
  if (token.empty()) return Error{ErrorKind::kUnauthorized, "want a bearer token"};
  if (token.size() > kLongestToken) return Error{ErrorKind::kUnauthorized, "the token is not valid"};
  const std::string digest = digest_of(token);
  const auto user = user_of(token, digest);
  if (!user) return user.error();
  const std::string question = digest + to_string(access);
  auto permission = permissions_.find(question);
  if (!permission) {
    permission = kube::review_access(rest_, *user, access);
    if (is_answer(*permission)) permissions_.keep(question, *permission);
  }
  if (!*permission) return permission->error();
  return Caller{*user, token};
}

}  // namespace spillway::http
