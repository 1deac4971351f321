// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_UEVENT_SOCKET_HPP
#define ASSENT_EXAMPLES_HOT_ADD_UEVENT_SOCKET_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <cerrno>
#include <cstring>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace hot_add {

/// What one attempt to receive gave.
enum class receive_status {
    message,   ///< a datagram of the kernel
    timeout,   ///< nothing is waiting; also when a signal ended the wait early
    overrun,   ///< the socket's buffer was full: the kernel dropped messages, and drops until it is empty
    truncated, ///< a datagram of the kernel was longer than our buffer
    foreign,   ///< a datagram of a program, dropped
    error,     ///< anything else; see error_number
};

struct receive_result {
    receive_status status = receive_status::timeout;
    std::string_view
        bytes; ///< the datagram, or the beginning of a truncated one; valid until the next receive
    int error_number = 0;
};

struct uevent_socket_options {
    /// What the socket may hold before the kernel drops. Onlining a large machine sends a few events for each
    /// processor, about a kilobyte each with the kernel's overhead.
    int receive_buffer_bytes = 4 << 20;
    /// The kernel's messages are at most a path and 2 KiB long.
    std::size_t message_bytes = 16 << 10;
};

/// The kernel's hot-plug messages, from a netlink socket that listens to the kernel only.
///
/// Threads  one thread receives.
class uevent_socket {
public:
    struct open_result;

    /// Opens the socket; messages sent from now on are kept. Open it before reading sysfs, or changes in
    /// between are lost.
    ///
    /// Errors   not Linux, not permitted, no netlink: the reason is one line that says what to do.
    [[nodiscard]] static open_result open(uevent_socket_options options = {});

    uevent_socket(uevent_socket&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}
    uevent_socket& operator=(uevent_socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(buffer_, other.buffer_);
        return *this;
    }
    ~uevent_socket() { close(); }

    /// For a poll() of one's own.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Takes one datagram, waiting at most `timeout` for it; zero does not wait.
    [[nodiscard]] receive_result receive(std::chrono::milliseconds timeout);

private:
    uevent_socket(int descriptor, std::size_t bytes) : descriptor_(descriptor), buffer_(bytes) {}
    void close() noexcept;

    int descriptor_;
    std::vector<char> buffer_;
};

/// A socket, or the reason why there is none.
struct uevent_socket::open_result {
    std::optional<uevent_socket> socket;
    std::string reason;
};

#if defined(__linux__)

/// One line: what could not be opened, why, and what to do about it.
[[nodiscard]] inline std::string explain_open_error(int error_number) {
    std::string reason = "cannot listen to the kernel's hot-plug events: ";
    switch (error_number) {
    case EPERM:
    case EACCES:
        return reason + "not permitted; run as root, outside of a sandbox that forbids netlink sockets";
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EINVAL:
        return reason +
               "this kernel offers no netlink uevents; use a Linux kernel with CONFIG_NET, not an emulation";
    case EMFILE:
    case ENFILE:
        return reason + "too many open files; close some or raise the limit (ulimit -n)";
    default:
        return reason + std::strerror(error_number) + "; run without --live to see the scripted day";
    }
}

inline uevent_socket::open_result uevent_socket::open(uevent_socket_options options) {
    const int descriptor =
        ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (descriptor < 0) {
        return {std::nullopt, explain_open_error(errno)};
    }
    uevent_socket opened(descriptor, options.message_bytes);
    // The forced size ignores the system's limit but needs CAP_NET_ADMIN; the other is cut to the limit. A
    // small buffer is no failure: an overrun is noticed and repaired.
    const int size = options.receive_buffer_bytes;
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1; // 1: the kernel; 2 would be the device manager
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {std::nullopt, explain_open_error(errno)};
    }
    return {std::move(opened), {}};
}

inline receive_result uevent_socket::receive(std::chrono::milliseconds timeout) {
    bool waited = timeout <= std::chrono::milliseconds::zero();
    for (;;) {
        sockaddr_nl sender{};
        iovec part{buffer_.data(), buffer_.size()};
        msghdr header{};
        header.msg_name = &sender;
        header.msg_namelen = sizeof sender;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        const ssize_t length = ::recvmsg(descriptor_, &header, MSG_DONTWAIT);
        if (length >= 0) {
            const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(length));
            if (header.msg_namelen < sizeof sender || sender.nl_family != AF_NETLINK || sender.nl_pid != 0) {
                return {receive_status::foreign, bytes, 0}; // the kernel's own address is 0
            }
            const bool cut = (header.msg_flags & MSG_TRUNC) != 0;
            return {cut ? receive_status::truncated : receive_status::message, bytes, 0};
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno == ENOBUFS) {
            return {receive_status::overrun, {}, ENOBUFS};
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            return {receive_status::error, {}, errno};
        }
        if (waited) {
            return {};
        }
        pollfd waiting{descriptor_, POLLIN, 0};
        constexpr std::chrono::milliseconds longest(1 << 30);
        const int ready =
            ::poll(&waiting, 1, static_cast<int>((timeout < longest ? timeout : longest).count()));
        if (ready < 0 && errno != EINTR) {
            return {receive_status::error, {}, errno};
        }
        if (ready <= 0) {
            return {}; // a signal ends the wait, so that its handler's flag can be looked at
        }
        waited = true;
    }
}

inline void uevent_socket::close() noexcept {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

#else

inline uevent_socket::open_result uevent_socket::open(uevent_socket_options) {
    return {std::nullopt, "cannot listen to the kernel's hot-plug events: this system is not Linux; "
                          "run without --live to see the scripted day"};
}
inline receive_result uevent_socket::receive(std::chrono::milliseconds) {
    return {receive_status::error, {}, 0};
}
inline void uevent_socket::close() noexcept {}

#endif

} // namespace hot_add

#endif
