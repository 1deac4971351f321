// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_EXAMPLES_STATE_KEEPER_HPP
#define ASSENT_TESTS_EXAMPLES_STATE_KEEPER_HPP

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <limits.h>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hot_add_test {

/// Remembers what one sysfs file says and puts it back on every exit path: return, exception, abort, and a
/// kill that no handler sees. A small child process waits for our end, however it comes; destructors and
/// signal handlers alone would leave the machine changed when a test runner kills us.
///
/// Threads  construct it before the program starts threads; use it from one.
class state_keeper {
public:
    state_keeper() {
        int ends[2];
        void* const page =
            ::mmap(nullptr, sizeof(record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) {
            return;
        }
        record_ = new (page) record;
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            return;
        }
        child_ = ::fork();
        if (child_ == 0) {
            wait_and_restore(ends[0]);
        }
        ::close(ends[0]);
        if (child_ < 0) {
            ::close(ends[1]);
            return;
        }
        alive_ = ends[1];
    }
    state_keeper(const state_keeper&) = delete;
    state_keeper& operator=(const state_keeper&) = delete;
    ~state_keeper() {
        (void)restore();
        if (alive_ >= 0) {
            ::close(alive_);
            while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        if (record_ != nullptr) {
            ::munmap(record_, sizeof(record));
        }
    }

    /// Without it nothing may be changed: there is nobody who would put it back.
    [[nodiscard]] bool ready() const noexcept { return alive_ >= 0; }

    /// Remembers what `path` says now, then writes `text` into it. One file at a time.
    ///
    /// @return  0 or the error number; after an error nothing is remembered.
    [[nodiscard]] int change(const std::string& path, const std::string& text) {
        if (!ready() || record_->armed || path.size() >= sizeof record_->path) {
            return EBUSY;
        }
        std::memcpy(record_->path, path.c_str(), path.size() + 1);
        if (const int error = read_file(path.c_str(), record_->before, sizeof record_->before)) {
            return error;
        }
        record_->armed = true; // before the write: a kill in between then restores what is there already
        const int error = write_file(path.c_str(), text.c_str());
        if (error != 0) {
            record_->armed = false;
        }
        return error;
    }

    /// Puts back what was remembered. @return 0 or the error number.
    [[nodiscard]] int restore() {
        if (record_ == nullptr || !record_->armed) {
            return 0;
        }
        const int error = restore_file(*record_);
        if (error == 0) {
            record_->armed = false;
        }
        return error;
    }

    /// Writes into a file with one system call, as sysfs needs it. @return 0 or the error number.
    [[nodiscard]] static int write_file(const char* path, const char* text) noexcept {
        const int file = ::open(path, O_WRONLY | O_CLOEXEC);
        if (file < 0) {
            return errno;
        }
        const int error = ::write(file, text, std::strlen(text)) < 0 ? errno : 0;
        ::close(file);
        return error;
    }

    /// Reads a short file into `text`, without the line feed. @return 0 or the error number.
    [[nodiscard]] static int read_file(const char* path, char* text, std::size_t size) noexcept {
        const int file = ::open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            return errno;
        }
        const ssize_t length = ::read(file, text, size - 1);
        const int error = length < 0 ? errno : 0;
        ::close(file);
        text[length < 0 ? 0 : length] = '\0';
        text[std::strcspn(text, "\n")] = '\0';
        return error;
    }

private:
    struct record {
        char path[PATH_MAX] = {};
        char before[64] = {};
        bool armed = false; // read by the child after our end only, so it needs no ordering
    };

    [[nodiscard]] static int restore_file(const record& kept) noexcept {
        char now[sizeof kept.before];
        if (const int error = read_file(kept.path, now, sizeof now)) {
            return error;
        }
        return std::strcmp(now, kept.before) == 0 ? 0 : write_file(kept.path, kept.before);
    }

    /// The child: system calls only, as the parent may have had threads.
    [[noreturn]] void wait_and_restore(int parent) const noexcept {
        ::setsid(); // a kill of the whole group must not reach us
        ::dup2(parent, 0);
        // Keeps nothing else open: a test runner waits for the end of our output, and a netlink socket of
        // the parent must close with it.
        for (int file = 1; file < 1024; ++file) {
            ::close(file);
        }
        char byte;
        while (::read(0, &byte, 1) < 0 && errno == EINTR) {
        }
        ::_exit(record_->armed ? restore_file(*record_) : 0);
    }

    record* record_ = nullptr;
    pid_t child_ = -1;
    int alive_ = -1;
};

} // namespace hot_add_test

#endif
