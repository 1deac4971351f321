// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_LIST_HPP
#define ASSENT_WINDOWS_DEVICE_LIST_HPP

#include <assent/config.hpp>
#include <assent/windows/device.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
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
        const auto it = by_path_.find(path);
        return it == by_path_.end() ? append(path, true) : *it->second;
    }
    void take_out(const device& gone) {
        const std::lock_guard guard(lock_);
        present_.erase(&gone.object());
    }

    /// The device if it is still there; null: it is not one of these, or gone.
    device* present(const device* d) const { return d == nullptr ? nullptr : find(&d->object()); }
    device* find(const DEVICE_OBJECT* object) const {
        const std::lock_guard guard(lock_);
        const auto it = present_.find(object);
        return it == present_.end() ? nullptr : it->second;
    }
    device* find(const std::string& path) const {
        const std::lock_guard guard(lock_);
        const auto it = by_path_.find(path);
        return it == by_path_.end() || present_.count(&it->second->object()) == 0 ? nullptr : it->second;
    }

private:
    device& append(std::string path, bool started) {
        auto made = std::make_unique<device>(std::move(path), started);
        device& added = *made;
        devices_.push_back(std::move(made));
        by_path_[std::string(added.path())] = &added; // of two with one path, the later one is meant
        present_.emplace(&added.object(), &added);
        return added;
    }

    mutable std::mutex lock_;
    std::vector<std::unique_ptr<device>> devices_;
    std::unordered_map<std::string, device*> by_path_;
    std::unordered_map<const DEVICE_OBJECT*, device*> present_;
};

} // namespace assent::windows

#endif
