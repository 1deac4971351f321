// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_LIST_HPP
#define ASSENT_WINDOWS_DEVICE_LIST_HPP

#include <assent/config.hpp>
#include <assent/windows/device.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assent::windows {

/// The devices there are, and were: an object may be referred to after its device is gone.
/// Threads  everything; nothing of a driver runs under its lock.
class device_list {
public:
    /// The reference is good as long as the list.
    device& add(std::string path, bool started) {
        const std::lock_guard guard(lock_);
        return append(std::move(path), started);
    }
    /// The device of that path, also if it is gone; made if there never was one.
    device& find_or_add(const std::string& path) {
        const std::lock_guard guard(lock_);
        for (const auto& d : devices_)
            if (d->path() == path) return *d;
        return append(path, true);
    }
    void take_out(const device& gone) {
        const std::lock_guard guard(lock_);
        std::erase(present_, &gone);
    }

    /// The device if it is still there; null: it is not one of these, or gone.
    device* present(const device* d) const {
        return find([&](const device& each) { return &each == d; });
    }
    device* find(const DEVICE_OBJECT* object) const {
        return find([&](const device& each) { return &each.object() == object; });
    }
    device* find(std::string_view path) const {
        return find([&](const device& each) { return each.path() == path; });
    }

private:
    template <class Is> device* find(Is is) const {
        const std::lock_guard guard(lock_);
        const auto it = std::find_if(present_.begin(), present_.end(), [&](device* d) { return is(*d); });
        return it == present_.end() ? nullptr : *it;
    }

    device& append(std::string path, bool started) {
        devices_.push_back(std::make_unique<device>(std::move(path), started));
        present_.push_back(devices_.back().get());
        return *devices_.back();
    }

    mutable std::mutex lock_;
    std::vector<std::unique_ptr<device>> devices_;
    std::vector<device*> present_;
};

} // namespace assent::windows

#endif
