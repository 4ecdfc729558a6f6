@echo off
rem Finds a Python that the program runs on and hands everything over to main.py.
setlocal
chcp 65001 >nul
set PYTHONUTF8=1
set "FITS=import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))"

rem What an earlier run has prepared comes first, so that it is not built anew for another Python.
if exist "%~dp0.venv\Scripts\python.exe" (
    "%~dp0.venv\Scripts\python.exe" -c "%FITS%" >nul 2>&1
    if not errorlevel 1 (
        "%~dp0.venv\Scripts\python.exe" "%~dp0main.py" %*
        goto finished
    )
)

for %%V in (-3.12 -3.13 -3.11 -3.10 -3) do (
    py %%V -c "%FITS%" >nul 2>&1
    if not errorlevel 1 (
        py %%V "%~dp0main.py" %*
        goto finished
    )
)

rem "python" may be the stand-in that opens the Microsoft Store; it cannot run this line and is passed over.
python -c "%FITS%" >nul 2>&1
if not errorlevel 1 (
    python "%~dp0main.py" %*
    goto finished
)

rem None fits: main.py itself says so best, as long as there is any Python to say it.
py -3 -c "" >nul 2>&1
if not errorlevel 1 (
    py -3 "%~dp0main.py" %*
    goto finished
)
python -c "" >nul 2>&1
if not errorlevel 1 (
    python "%~dp0main.py" %*
    goto finished
)
echo 找不到 Python，請先安裝 Python 3.12（安裝時勾選 Add to PATH）：https://www.python.org/downloads/
echo No Python was found. Install Python 3.12 first, with "Add to PATH" ticked: https://www.python.org/downloads/
set CODE=1
goto failed

:finished
set CODE=%ERRORLEVEL%
if "%CODE%"=="0" goto end

:failed
rem Opened by a double click, the window would close before anybody has read why.
echo.
pause

:end
exit /b %CODE%
