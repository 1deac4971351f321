// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_TREE_HPP
#define ASSENT_WINDOWS_DEVICE_TREE_HPP

#include <assent/config.hpp>
#include <assent/windows/device.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

namespace assent::windows {

/// Which devices go together: children with their parents, and removal relations.
/// Threads  everything; nothing of a driver runs under its lock.
class device_tree {
public:
    /// `child` hangs on `parent` from now on.
    void place(device& child, device& parent) { tie(parent, child); }
    /// When `with` is removed, `also` is, though it is no descendant.
    void relate(device& with, device& also) { tie(with, also); }

    void forget(const device& gone) {
        const std::lock_guard guard(lock_);
        std::erase_if(ties_, [&](const auto& t) { return t.first == &gone || t.second == &gone; });
    }

    /// The device, its descendants and removal relations, and theirs; nearest first, each once (W21).
    std::vector<device*> removed_with(device& d) const {
        std::vector<device*> all{&d};
        const std::lock_guard guard(lock_);
        for (std::size_t i = 0; i < all.size(); ++i)
            for (const auto& [from, to] : ties_)
                if (from == all[i] && std::find(all.begin(), all.end(), to) == all.end()) all.push_back(to);
        return all;
    }

    /// Marks those that are not leaving yet as leaving. @return them
    std::vector<device*> leave(const std::vector<device*>& going) {
        std::vector<device*> first;
        const std::lock_guard guard(lock_);
        for (device* each : going)
            if (leaving_.insert(each).second) first.push_back(each);
        return first;
    }
    /// Marks all, or none if one of them leaves already.
    bool leave_together(const std::vector<device*>& going) {
        const std::lock_guard guard(lock_);
        for (const device* each : going)
            if (leaving_.count(each) != 0) return false;
        leaving_.insert(going.begin(), going.end());
        return true;
    }

private:
    void tie(device& from, device& to) {
        const std::lock_guard guard(lock_);
        ties_.emplace_back(&from, &to);
    }

    mutable std::mutex lock_;
    std::vector<std::pair<device*, device*>> ties_;
    std::unordered_set<const device*> leaving_; ///< or gone: nobody is to be told again
};

} // namespace assent::windows

#endif
