// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_FILE_TABLE_HPP
#define ASSENT_WINDOWS_FILE_TABLE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/object.h>
#include <assent/windows/device.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace assent::windows {

/// The file objects that are open on devices. A closed one's memory is freed at once: a driver that still
/// looks into it is shown by AddressSanitizer.
/// Threads  everything; nothing of a driver runs under its lock.
class file_table {
public:
    /// Opens the device; the file object has one reference.
    FILE_OBJECT* open(device& on) {
        auto made = std::make_unique<file>();
        made->on = &on;
        made->object.Type = file_type;
        made->object.Size = static_cast<CSHORT>(sizeof(FILE_OBJECT));
        made->object.DeviceObject = &on.object();
        FILE_OBJECT* const opened = &made->object;
        const std::lock_guard guard(lock_);
        files_.push_back(std::move(made));
        ++on.object().ReferenceCount;
        return opened;
    }

    /// @return the new number of references; 0: no open file object.
    LONG_PTR reference(const void* object) {
        const std::lock_guard guard(lock_);
        const auto it = find(object);
        return it == files_.end() ? 0 : ++(*it)->references;
    }

    /// Gives up a reference; without any left the file is closed.
    /// @return the number left; -1: no open file object.
    LONG_PTR dereference(const void* object) {
        std::unique_ptr<file> closed;
        const std::lock_guard guard(lock_);
        const auto it = find(object);
        if (it == files_.end()) return -1;
        if (--(*it)->references > 0) return (*it)->references;
        --(*it)->on->object().ReferenceCount;
        closed = std::move(*it);
        files_.erase(it);
        return 0;
    }

    /// Null: no open file object.
    device* device_of(const void* object) const {
        const std::lock_guard guard(lock_);
        for (const auto& f : files_)
            if (&f->object == object) return f->on;
        return nullptr;
    }

    /// How many file objects are open on any of the devices.
    std::size_t open_on(const std::vector<device*>& devices) const {
        const std::lock_guard guard(lock_);
        return static_cast<std::size_t>(std::count_if(files_.begin(), files_.end(), [&](const auto& f) {
            return std::find(devices.begin(), devices.end(), f->on) != devices.end();
        }));
    }

private:
    static constexpr CSHORT file_type = 5; // what the first member of every file object holds
    struct file {
        FILE_OBJECT object{};
        device* on = nullptr;
        LONG_PTR references = 1;
    };
    using files = std::vector<std::unique_ptr<file>>;

    files::iterator find(const void* object) {
        return std::find_if(files_.begin(), files_.end(),
                            [&](const auto& f) { return &f->object == object; });
    }

    mutable std::mutex lock_;
    files files_;
};

/// A handle that a user-mode program has open: closes the file when it goes. The table outlives it.
class user_handle {
public:
    user_handle(file_table& in, FILE_OBJECT* file) noexcept : in_(&in), file_(file) {}
    user_handle(user_handle&& other) noexcept : in_(other.in_), file_(std::exchange(other.file_, nullptr)) {}
    user_handle& operator=(user_handle&& other) noexcept {
        std::swap(in_, other.in_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~user_handle() { close(); }

    void close() {
        if (file_ != nullptr) static_cast<void>(in_->dereference(std::exchange(file_, nullptr)));
    }

private:
    file_table* in_;
    FILE_OBJECT* file_;
};

} // namespace assent::windows

#endif
