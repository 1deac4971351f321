// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_CUSTOM_EVENT_HPP
#define ASSENT_WINDOWS_CUSTOM_EVENT_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace assent::windows {

/// An event that a driver reports on a device: a copy of the structure it passed, of any length (W35).
class custom_event {
public:
    static constexpr std::size_t fixed_part = offsetof(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);

    /// W32 to W34: what a report is refused for.
    static NTSTATUS check(const TARGET_DEVICE_CUSTOM_NOTIFICATION* passed) noexcept {
        if (passed == nullptr || passed->Version != 1) return STATUS_INVALID_PARAMETER;
        if (is_system_event(passed->Event)) return STATUS_INVALID_DEVICE_REQUEST;
        if (passed->Size < fixed_part || passed->FileObject != nullptr) return STATUS_INVALID_PARAMETER;
        const auto payload = static_cast<LONG>(passed->Size - fixed_part);
        const LONG name = passed->NameBufferOffset;
        return name == -1 || (name >= 0 && name < payload) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }

    /// @param completion  called after the last receiver; may be null.
    explicit custom_event(const TARGET_DEVICE_CUSTOM_NOTIFICATION& passed,
                          PDEVICE_CHANGE_COMPLETE_CALLBACK completion = nullptr, PVOID context = nullptr)
        : size_(passed.Size), bytes_(copy_of(&passed, passed.Size)), completion_(completion),
          context_(context), reporter_(running_code::here()) {}
    custom_event(const custom_event&) = delete;
    custom_event& operator=(const custom_event&) = delete;
    /// Nobody needs the event any more: the last receiver has returned, or there was none. Being the end of the
    /// event, it is so wherever the event was kept, also in a queue behind the notification that reported it.
    ~custom_event() {
        if (completion_ == nullptr || !delivers_.load(std::memory_order_relaxed)) return;
        const running_driver scope(reporter_);
        completion_(context_);
    }

    /// From here on the completion will be called. An event that was never accepted has none.
    void deliver() const noexcept { delivers_.store(true, std::memory_order_relaxed); }

    /// A copy for one receiver, which sees its own file object (W32).
    class copy {
    public:
        copy(const custom_event& of, FILE_OBJECT* seen_as)
            : of_(of), seen_as_(seen_as), bytes_(copy_of(of.bytes_.get(), of.size_)) {
            std::memcpy(bytes_.get() + offsetof(TARGET_DEVICE_CUSTOM_NOTIFICATION, FileObject), &seen_as_,
                        sizeof(seen_as_));
        }
        PVOID get() const noexcept { return bytes_.get(); }
        bool changed() const noexcept {
            const copy original(of_, seen_as_);
            return std::memcmp(original.bytes_.get(), bytes_.get(), of_.size_) != 0;
        }

    private:
        const custom_event& of_;
        FILE_OBJECT* seen_as_;
        std::unique_ptr<unsigned char[]> bytes_;
    };

private:
    /// The events with a meaning of the system's own: those numbered 1 to 8 (W33).
    static bool is_system_event(const GUID& g) noexcept {
        static constexpr unsigned char tail[] = {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f};
        return g.Data1 >= 0xcb3a4001 && g.Data1 <= 0xcb3a4008 && g.Data2 == 0x46f0 && g.Data3 == 0x11d0 &&
               std::memcmp(g.Data4, tail, sizeof(tail)) == 0;
    }
    /// Aligned as operator new aligns, which is enough for the structure; not a byte longer than `size`.
    static std::unique_ptr<unsigned char[]> copy_of(const void* from, std::size_t size) {
        auto made = std::make_unique<unsigned char[]>(size);
        std::memcpy(made.get(), from, size);
        return made;
    }

    const std::size_t size_;
    std::unique_ptr<unsigned char[]> bytes_;
    PDEVICE_CHANGE_COMPLETE_CALLBACK completion_;
    PVOID context_;
    running_code reporter_;
    mutable std::atomic<bool> delivers_{false};
};

} // namespace assent::windows

#endif
