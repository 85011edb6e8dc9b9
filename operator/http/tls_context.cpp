#include "operator/http/tls_context.hpp"

#include <openssl/ssl.h>

#include "operator/io/files.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::http {
namespace {

namespace ssl = boost::asio::ssl;
constexpr std::chrono::seconds kLookAgain{1};
constexpr std::size_t kLargestFile = 1u << 20;

std::shared_ptr<ssl::context> make_context(const std::string& certificates, const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  context->use_certificate_chain(boost::asio::buffer(certificates));
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) throw std::runtime_error("the key does not belong to the certificate");
  return context;
}

/// The leaf is its own anchor, whoever has signed it: no authority is asked, and no name.
std::shared_ptr<ssl::context> make_peer_context(ssl::context& own) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  X509_STORE* store = SSL_CTX_get_cert_store(context->native_handle());
  if (X509_STORE_add_cert(store, SSL_CTX_get0_certificate(own.native_handle())) != 1) throw std::runtime_error("the certificate cannot be trusted");
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  context->set_verify_mode(ssl::verify_peer);
  return context;
}

}  // namespace

Result<TlsContext> TlsContext::load(TlsFiles files) {
  TlsContext context(std::move(files));
  if (auto loaded = context.reload(); !loaded) return loaded.error();
  return context;
}

Status TlsContext::reload() {
  const auto certificates = io::read_file(files_.cert_file, kLargestFile);
  if (!certificates) return Error{ErrorKind::kInvalid, "tls.certFile: " + certificates.error().message};
  const auto key = io::read_file(files_.key_file, kLargestFile);
  if (!key) return Error{ErrorKind::kInvalid, "tls.keyFile: " + key.error().message};
  std::string pair = *certificates + '\0' + *key;
  if (pair == loaded_ || pair == refused_) return Ok{};
  try {
    auto context = make_context(*certificates, *key);
    peer_ = make_peer_context(*context);
    context_ = std::move(context);
    loaded_ = std::move(pair);
    return Ok{};
  } catch (const std::exception& error) {
    refused_ = std::move(pair);
    return Error{ErrorKind::kInvalid, "tls: " + files_.cert_file + " and " + files_.key_file + ": " + error.what()};
  }
}

std::shared_ptr<ssl::context> TlsContext::current() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ >= kLookAgain) {
    looked_at_ = now;
    if (auto loaded = reload(); !loaded) telemetry::log_warn("new TLS files are not used", {{"error", loaded.error().message}});
  }
  return context_;
}

}  // namespace spillway::http
